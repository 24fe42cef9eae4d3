import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands/register.js'
import { optionsOf } from '../../src/cli/options/Command.js'
import { directoryOf } from '../data/support.js'
import { run } from './support.js'

/** What bash itself offers after these words, the last of which is being typed. */
async function offered(words: readonly string[]): Promise<string[]> {
  const { stdout: script } = await run(['completion', 'bash'])
  const list = words.map((word) => `'${word}'`).join(' ')
  const ask = `COMP_WORDS=(onnx-finetune ${list}); COMP_CWORD=${words.length}; _onnx_finetune; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', `${script}\n${ask}`])
  return stdout.trimEnd().split('\n').filter(Boolean)
}

test.skipIf(process.platform === 'win32')('bash completes commands, options and values', async () => {
  expect(await offered(['pre'])).toEqual(['predict', 'preview'])
  expect(await offered(['train', 'photos', '--ep'])).toEqual(['--epochs'])
  expect(await offered(['train', 'photos', '--no'])).toEqual(['--no-auto-orient', '--no-flip'])
  expect(await offered(['train', '--optimizer', ''])).toEqual(['sgd', 'adam', 'adamw', 'rmsprop', 'lion', 'lamb'])
  expect(await offered(['export', 'x', '--precision', 'float3'])).toEqual(['float32'])
  expect(await offered(['completion', ''])).toEqual(['bash', 'zsh', 'fish'])
  // Files are readline's.
  expect(await offered(['inspect', ''])).toEqual([])
})

test.each(['bash', 'zsh', 'fish'])('%s hears of every command and option', async (shell) => {
  const { code, stdout } = await run(['completion', shell])
  expect(code).toBe(0)
  for (const command of commands) {
    expect(stdout).toContain(command.name)
    for (const name of Object.keys(optionsOf(command)))
      expect(stdout).toMatch(shell === 'fish' ? new RegExp(` -l (no-)?${name} `) : new RegExp(`--(no-)?${name}\\b`))
  }
  const [quotes] = [stdout.replaceAll(/\\'/g, '').match(/'/g) ?? []]
  expect(quotes.length % 2).toBe(0)
})

/** Shells for Windows want other paths. */
const isInstalled = (shell: string): boolean =>
  process.platform !== 'win32' && spawnSync(shell, ['--version']).status === 0

test.skipIf(!isInstalled('fish'))('fish completes commands, options and values (where it is installed)', async () => {
  const { stdout: script } = await run(['completion', 'fish'])
  const directory = await directoryOf({ script })
  const offers = async (line: string) => {
    const ask = `source ${directory}/script; complete -C '${line}'`
    const { stdout } = await promisify(execFile)('fish', ['--no-config', '-c', ask])
    return stdout
      .trimEnd()
      .split('\n')
      .map((offer) => offer.split('\t')[0])
  }
  expect(await offers('onnx-finetune pre')).toEqual(['predict', 'preview'])
  expect(await offers('onnx-finetune train --ep')).toEqual(['--epochs'])
  expect((await offers('onnx-finetune train --optimizer ')).toSorted()).toEqual([
    'adam',
    'adamw',
    'lamb',
    'lion',
    'rmsprop',
    'sgd',
  ])
})

test.for(['bash', 'zsh', 'fish'])('the script for %s is valid', async (shell, { skip }) => {
  skip(!isInstalled(shell), `${shell} is not installed, or this is Windows`)
  const { stdout } = await run(['completion', shell])
  const directory = await directoryOf({ script: stdout })
  const check = shell === 'fish' ? '--no-execute' : '-n'
  await expect(promisify(execFile)(shell, [check, `${directory}/script`])).resolves.toMatchObject({ stderr: '' })
})

test('another shell is wrong usage', async () => {
  const { code, stderr } = await run(['completion', 'tcsh'])
  expect(code).toBe(2)
  expect(stderr).toContain('SHELL must be one of bash, zsh, fish. Received: "tcsh"')
})
