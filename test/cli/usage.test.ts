import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands/register.js'
import { widthOf } from '../../src/cli/terminal/layout.js'
import { directoryOf } from '../data/support.js'
import { run } from './support.js'

test('the command line is built on what everybody can import, errors aside', () => {
  const isErrors = (name: string | undefined) => /(^|\/)errors(\.ts)?$/.test(name ?? '')
  const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !isErrors(name),
  )
  const outside = files.flatMap((name) =>
    [...readFileSync(`src/cli/${name}`, 'utf8').matchAll(/from '((?:\.\.\/)+)([\w/]+)\.js'/g)]
      .filter(([, up]) => up!.length / 3 > name.split('/').length - 1)
      .map(([, , target]) => target)
      .filter((target) => !isErrors(target)),
  )
  expect([...new Set(outside)].sort()).toEqual(['index', 'node'])
})

test('without a command it says what there is, and fails', async () => {
  const { code, stdout } = await run([])
  expect(code).toBe(2)
  for (const { name } of commands) expect(stdout).toContain(`\n  ${name} `)
  expect((await run(['--help'])).code).toBe(0)
  expect((await run(['--version'])).stdout).toBe(`${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`)
})

test.each(commands.map(({ name }) => name))(
  '%s --help shows every option, an example and the exit codes',
  async (name) => {
    const { code, stdout } = await run([name, '--help'])
    expect(code).toBe(0)
    const { options } = commands.find((command) => command.name === name)!
    for (const option of Object.keys(options)) expect(stdout).toMatch(new RegExp(`--(no-)?${option}\\b`))
    expect(stdout).toMatch(/\nExamples\n {2}onnx-finetune /)
    expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted')
    expect(await run(['help', name])).toEqual({ code, stdout, stderr: '' })
    for (const columns of [80, 200]) {
      const lines = (await run([name, '--help'], { columns })).stdout.split('\n')
      // Examples are to be copied, so they are not broken.
      const texts = lines.filter((line) => !line.startsWith('  onnx-finetune '))
      expect(texts.filter((line) => widthOf(line) > columns)).toEqual([])
    }
  },
)

test.each([
  [['predikt'], 'There is no command predikt. Did you mean predict? Commands: '],
  [['predict'], 'predict: MODEL.onnx is missing: the classifier. onnx-finetune predict --help shows how it is used'],
  [['inspect', 'a', 'b'], 'inspect: there is no place for b.'],
  [['inspect', 'missing'], 'inspect: there is no missing.'],
  [['preview', 'x', '--view', '3'], '--view is no option of preview. Did you mean --views?'],
  [['preview', 'x', '--views', 'many'], '--views must be a whole number of at least 1. Received: "many"'],
  [['preview', 'x', '--views=0'], '--views must be a whole number of at least 1. Received: 0'],
  [['preview', 'x', '--views'], '--views must be a whole number of at least 1. Received: nothing'],
  [['preview', 'x', '--views', '--seed'], '--views must be a whole number of at least 1. Received: nothing'],
  [['preview', 'x', '--rotate', '-5'], '--rotate must be a number of at least 0. Received: -5'],
  [['preview', 'x', '--erase', '1.5'], '--erase must be a number from 0 to 1. Received: 1.5'],
  [['preview', 'x', '--flip=maybe'], '--flip must be true or false. Received: "maybe"'],
  [['preview', 'x', '--no-views'], '--no-views is no option of preview.'],
  [
    ['preview', 'x', '-o', 'missing/x.png'],
    '--output must be a file in a directory that exists. Received: "missing/x.png"',
  ],
  [['export', 'x', '--precision', 'int8'], '--precision must be one of float32, float16. Received: "int8"'],
  [['export', 'x', '--config', 'missing.json'], 'missing.json: ENOENT'],
  [['help', '--bogus'], 'There is no command --bogus. '],
  [['help', 'predikt'], 'There is no command predikt. Did you mean predict? Commands: '],
  [['--epochs', '3', 'train'], 'There is no command --epochs. '],
  [['train', 'x', '--version'], '--version is no option of train.'],
  [['preview', 'x', '--', '--views'], 'preview: there is no place for --views.'],
  [['preview', '-o=x.png'], 'preview: DIR is missing: a folder'],
  [['preview', 'x', '--view=3'], '--view is no option of preview. Did you mean --views?'],
  [['preview', 'x', '--no-views=3'], '--no-views is no option of preview.'],
  [['preview', 'x', '--no-flip=yes'], '--no-flip must be true or false. Received: "yes"'],
  [['preview', 'x', '--constructor'], '--constructor is no option of preview.'],
  [['preview', 'x', '--views', '2', '--views', '0'], '--views must be a whole number of at least 1. Received: 0'],
])('%j is wrong usage', async (argv, message) => {
  const { code, stdout, stderr } = await run(argv)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr.startsWith(`onnx-finetune: ${message}`), stderr).toBe(true)
  expect(stderr.trimEnd()).not.toContain('\n')
})

test('help comes before whatever is wrong, up to --', async () => {
  const { stdout } = await run(['preview', '--help'])
  for (const argv of [
    ['preview', '--bogus', '-h'],
    ['preview', 'a', 'b', '--views', '--help'],
    ['preview', '--views', 'many', '--help'],
  ])
    expect(await run(argv)).toEqual({ code: 0, stdout, stderr: '' })
  expect(await run(['help', 'preview', '--bogus'])).toEqual({ code: 0, stdout, stderr: '' })
  expect(await run(['help', '--help'])).toEqual(await run(['--help']))
  expect((await run(['preview', 'x', '--', '--help'])).code).toBe(2)
})

test('with --json an error is a line of JSON', async () => {
  const { code, stderr } = await run(['inspect', 'README.md', '--json'])
  expect(code).toBe(1)
  expect(JSON.parse(stderr).error.code).toBe('weights/unknown-format')
})

test.each([
  ['{\n  "views": 3,\n  "view": 5\n}', ':3: "view" is no option of preview. Did you mean "views"?'],
  ['{\n  "imageSize": 3\n}', ':2: "imageSize" is no option of preview. Did you mean "image-size"?'],
  ['{\n  "views": 3,\n\n  "rotate": "5"\n}', ':4: "rotate" must be a number of at least 0. Received: "5"'],
  [
    '{ "output": { "rotate": 1 },\n  "rotate": false }',
    ':1: "output" must be the path of a file. Received: {"rotate":1}',
  ],
  ['{\n  "rotate": 5\n  "views": 3\n}', ':3: it is not JSON: '],
  ['{\n  "rotate": 5,\n', ':3: it is not JSON: '],
  ['[1]', ':1: it must hold one JSON object'],
  ['{ "rotate": 1,\n "rotate": 2 }', ':2: "rotate" is there twice'],
])('a config file %j is wrong, and the line is named', async (content, message) => {
  const config = `${await directoryOf({ 'preview.json': content })}/preview.json`
  const { code, stderr } = await run(['preview', 'x', '--config', config])
  expect(code).toBe(2)
  expect(stderr.startsWith(`onnx-finetune: ${config}${message}`), stderr).toBe(true)
})
