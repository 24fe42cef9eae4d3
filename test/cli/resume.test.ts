import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Jimp } from 'jimp'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { directoryOf } from '../data/support.js'
import { run } from './support.js'

/** How often a run is killed. `npm run test:chaos` asks for more. */
const KILLS = Number(process.env.KILLS ?? 3)
const TINY = ['--weights', 'none', '--width', '8', '--image-size', '32', '--workers', '0', '--threads', '1']
const RUN = [...TINY, '--batch-size', '4', '--epochs', '12', '--save', 'w.safetensors', '--json']
const CHECKPOINTS = ['--checkpoint', 'run', '--checkpoint-steps', '1']

/** Images of two colours in `photos`. */
async function photos(): Promise<string> {
  const images = ['blue', 'red'].flatMap((name) => [0, 1, 2, 3, 4, 5].map((i) => ({ name, i })))
  const files = images.map(async ({ name, i }) => {
    const color = (name === 'red' ? 0xe04020ff : 0x2040e0ff) + i * 0x010100
    return [
      `photos/${name}/${i}.png`,
      await new Jimp({ width: 36, height: 34 + i, color }).getBuffer('image/png'),
    ] as const
  })
  return directoryOf(Object.fromEntries(await Promise.all(files)))
}

const program = resolve('dist/cli/bin.js')
const start = (argv: readonly string[], cwd: string) => {
  const child = spawn(process.execPath, [program, ...argv], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr += data
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }))
  return { child, ended }
}
const checkpointsIn = async (directory: string) =>
  (await readdir(join(directory, 'run'))).filter((name) => name.endsWith('.safetensors')).sort()

describe('resume', () => {
  test('a run that is killed at any moment, again and again, ends with the weights of one that was not', async () => {
    const undisturbed = await photos()
    const whole = await start(['train', 'photos', ...RUN], undisturbed).ended
    expect(whole.code, whole.stderr).toBe(0)
    const expected = await readFile(join(undisturbed, 'w.safetensors'))

    const chance = seededRandom('kills')
    let [kills, directory, ends] = [0, await photos(), 0]
    let argv = ['train', 'photos', ...RUN, ...CHECKPOINTS]
    while (kills < KILLS || ends === 0) {
      const { child, ended } = start(argv, directory)
      // From its start, in which nothing may break; or once it trains, also while it writes a checkpoint.
      if (chance.uniform(0, 1) < 0.7) await Promise.race([once(child.stdout, 'data'), ended])
      const timer = kills < KILLS ? setTimeout(() => child.kill('SIGKILL'), chance.integer(0, 400)) : undefined
      const { code, stderr } = await ended
      clearTimeout(timer)
      if (code === null) {
        kills++
        // Before the first checkpoint there is nothing to go on from.
        const files = await readdir(join(directory, 'run')).catch((): string[] => [])
        argv = files.includes('command.json') ? ['resume', 'run', '--json'] : argv
        continue
      }
      expect(code, stderr).toBe(0)
      expect(await readFile(join(directory, 'w.safetensors'))).toEqual(expected)
      expect(await checkpointsIn(directory)).toHaveLength(2)
      ends++
      if (kills < KILLS) [directory, argv] = [await photos(), ['train', 'photos', ...RUN, ...CHECKPOINTS]]
    }
    expect(kills).toBe(KILLS)
  })

  test('Ctrl-C writes a last checkpoint and tells how to go on', async () => {
    const directory = await photos()
    const { child, ended } = start(['train', 'photos', ...RUN, '--epochs', '4000', '--checkpoint', 'run'], directory)
    child.stdout.once('data', () => child.kill('SIGINT'))
    const { code, stderr } = await ended
    expect(code, stderr).toBe(130)
    expect(stderr).toMatch(/go on with: onnx-finetune resume run\n/)
    expect((await checkpointsIn(directory)).length).toBeGreaterThan(0)
    const other = start(['resume', 'run'], directory)
    other.child.stderr.on('data', (data) => `${data}`.includes('goes on from') && other.child.kill('SIGINT'))
    expect((await other.ended).stderr).toMatch(/goes on from run\/step-\d+\.safetensors: epoch \d+, \d of 3 steps done/)
  })

  test('a run that is refused does not touch what the run whose directory it names was told', async () => {
    const directory = await photos()
    const args = ['train', 'photos', ...TINY, '--save', 'w.safetensors', '--epochs', '1', '--checkpoint', 'run']
    expect((await start([...args, '--batch-size', '4'], directory).ended).code).toBe(0)
    const told = await readFile(join(directory, 'run', 'options.json'), 'utf8')
    const other = await start([...args, '--batch-size', '8'], directory).ended
    expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/run holds the checkpoints of a run/)])
    expect(await readFile(join(directory, 'run', 'options.json'), 'utf8')).toBe(told)
  })

  test('what is wrong is said', async () => {
    const directory = await directoryOf({})
    expect((await run(['resume', directory])).stderr).toMatch(/command\.json does not tell how the run was started/)
    await mkdir(join(directory, 'a'))
    const { code, stderr } = await run(['train', join(directory, 'a'), '--resume'])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--resume must be with --checkpoint DIR/)])
  })
})
