import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Jimp } from 'jimp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { quoted } from '../../src/cli/terminal/quoted.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { directoryOf, writeFiles } from '../data/support.js'
import { CONTROLS, HOSTILE_NAMES } from '../support/hostileNames.js'
import { contentsOf } from '../support/page.js'
import { type Ended, run } from './support.js'

const TINY = ['--weights', 'none', '--width', '8', '--image-size', '32', '--workers', '0', '--threads', '1']
const [ESCAPES, COLOUR] = HOSTILE_NAMES.filter((name) => name.startsWith('\u001b'))

/** What the command line itself sends to a terminal: a line drawn anew, bold, dim and the colours of progress. */
const OWN = new RegExp(
  '\r?ESC\\[[JK]|\r(?=ESC)|ESC\\[(?:1|2|22|32|36|39)m|ESC\\[\\?25[lh]'.replaceAll('ESC', '\u001b'),
  'g',
)

/** Each line as it went out, without what the command line sends by itself. */
const foreign = (text: string): string[] =>
  text
    .replaceAll(OWN, '')
    .split('\n')
    .filter((line) => CONTROLS.test(line))

function expectHarmless({ stdout, stderr }: Ended): void {
  expect(foreign(stdout)).toEqual([])
  expect(foreign(stderr)).toEqual([])
}

/** On a terminal, in a pipe and as JSON. */
async function each(argv: readonly string[]): Promise<Ended[]> {
  const ended = [await run(argv, { isTTY: true, columns: 200 }), await run(argv), await run([...argv, '--json'])]
  for (const one of ended) expectHarmless(one)
  return ended
}

test.each([...HOSTILE_NAMES, 'plain/name.png', "it's", '\\back', '\\\u0007'])('%j is what bash reads of it', (name) => {
  const word = quoted(name)
  expect(word).not.toMatch(CONTROLS)
  const read = execFileSync('bash', ['--norc', '-c', `printf '%s' ${word}`], {
    env: { LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
  })
  expect(read).toBe(name)
})

describe('folders and images whose names are orders to a terminal, a page or a spreadsheet', () => {
  let directory: string
  let photos: string
  let model: string
  let trained: Ended
  const inside = (name: string) => join(directory, name)
  beforeAll(async () => {
    const image = (i: number) =>
      new Jimp({ width: 36, height: 34, color: 0x05091100 * i + 0xff }).getBuffer('image/png')
    const files = HOSTILE_NAMES.flatMap((name, i) =>
      [0, 1, 2].map(
        async (n) =>
          [`${ESCAPES}/${name}/${n}${HOSTILE_NAMES[(i + n) % HOSTILE_NAMES.length]}.png`, await image(i)] as const,
      ),
    )
    directory = await mkdtemp(join(tmpdir(), 'names-'))
    await writeFiles(directory, Object.fromEntries(await Promise.all(files)))
    photos = inside(ESCAPES!)
    model = inside(`${COLOUR}.onnx`)
    const results = ['--report', inside(`${COLOUR}.html`), '--metrics', inside('.m'), '--tensorboard', inside('.tb')]
    const saved = ['--export', model, '--save', inside(`${COLOUR}.safetensors`)]
    const argv = ['train', photos, ...TINY, '--epochs', '1', '--batch-size', '25', ...results, ...saved]
    trained = await run(argv, { isTTY: true, columns: 200 })
  }, 120_000)
  afterAll(() => rm(directory, { recursive: true }))

  test('they are trained on, and none of it reaches the terminal', async () => {
    expect(trained.code, trained.stderr).toBe(0)
    expectHarmless(trained)
    expect(trained.stdout).toContain('\\u001b]8;;http:evil\\u0007')
    const classifier = await loadClassifier(model)
    // What a program reads is what it was.
    expect([...classifier.classes].sort()).toEqual([...HOSTILE_NAMES].sort())
    await classifier.release()
  })

  test('the report is a page of nothing but its own elements', async () => {
    const { elements, text } = contentsOf(await readFile(inside(`${COLOUR}.html`), 'utf8'))
    const foreigners = elements.filter(({ name }) =>
      ['script', 'iframe', 'object', 'a', 'form', 'link', 'base'].includes(name),
    )
    expect(foreigners).toEqual([])
    for (const { name, attributes } of elements) {
      expect(Object.keys(attributes).filter((attribute) => attribute.startsWith('on'))).toEqual([])
      if (name === 'img') expect(attributes.src).toMatch(/^data:image\/(?:png|jpeg);base64,/)
    }
    expect(elements.filter(({ name }) => name === 's')).toEqual([])
    expect(text).toContain('"><img src=x onerror=alert(1)>')
    expect(text).not.toMatch(/[^\P{Cc}\n\t]/u)
  })

  test('no cell of the tables is a formula, and TensorBoard has nothing but the tags of a run', async () => {
    for (const file of ['metrics.csv', 'steps.csv']) {
      const cells = (await readFile(inside(`.m/${file}`), 'utf8')).split(/\r\n|,/)
      expect(cells.filter((cell) => /^"?[=+@\t\r]|^"?-(?!\d)/.test(cell))).toEqual([])
    }
    const [events] = await readdir(inside('.tb'))
    expect(await readFile(inside(`.tb/${events}`), 'latin1')).not.toMatch(/script|forged|evil/)
  })

  test('predict, evaluate, inspect, preview and export', async () => {
    const images = HOSTILE_NAMES.map((name) => join(photos, name, `0${name}.png`))
    for (const { code } of await each(['predict', model, ...images])) expect(code).toBe(0)
    for (const { code } of await each(['evaluate', model, photos])) expect(code).toBe(0)
    for (const path of [photos, model, inside(`${COLOUR}.safetensors`)])
      for (const { code } of await each(['inspect', path])) expect(code).toBe(0)
    for (const { code } of await each([
      'preview',
      photos,
      '--image-size',
      '8',
      '--size',
      '8',
      '-o',
      inside(`${COLOUR}.png`),
    ]))
      expect(code).toBe(0)
    const argv = ['export', inside(`${COLOUR}.safetensors`), '-o', inside(`${COLOUR}.2.onnx`)]
    for (const { code } of await each(argv)) expect(code).toBe(0)
  }, 60_000)

  test('JSON says what the names are, one event a line', async () => {
    const { stdout } = await run(['predict', model, join(photos, ESCAPES!, `0${ESCAPES}.png`), '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ image: join(photos, ESCAPES!, `0${ESCAPES}.png`) }])
    const argv = [
      'train',
      photos,
      ...TINY,
      '--epochs',
      '1',
      '--batch-size',
      '25',
      '--json',
      '--export',
      inside('j.onnx'),
    ]
    const ended = await run([...argv, '--skip-unreadable'])
    expectHarmless(ended)
    for (const line of ended.stdout.trimEnd().split('\n')) JSON.parse(line)
  }, 60_000)

  test('a run that goes on', async () => {
    const kept = ['--checkpoint', inside(`.${ESCAPES}`), '--export', inside('k.onnx')]
    const argv = ['train', photos, ...TINY, '--epochs', '1', '--batch-size', '25', ...kept]
    expect((await run(argv)).code).toBe(0)
    for (const isTTY of [true, false]) {
      const again = await run([...argv, '--resume'], { isTTY, columns: 200 })
      expectHarmless(again)
      expect(again.stderr).toContain('goes on from')
    }
  }, 60_000)

  test('what is wrong is told on a line of its own', async () => {
    const config = inside(`${COLOUR}.json`)
    await writeFile(config, JSON.stringify({ [ESCAPES!]: 1 }))
    const bad = inside('.bad')
    const files = { [`a/${COLOUR}.png`]: 'no image', 'b/\u009b.png': '', [`b/${ESCAPES}.txt`]: '' }
    const broken = await directoryOf(files)
    for (const argv of [
      [ESCAPES!],
      ['predict', bad, COLOUR!],
      ['predict', model, inside(COLOUR!), join(broken, `a/${COLOUR}.png`)],
      ['predict', `${COLOUR}`, 'x'],
      ['train', inside(COLOUR!)],
      ['train', broken],
      ['train', photos, `--${ESCAPES}`],
      ['train', photos, '--epochs', ESCAPES!],
      ['train', photos, '--config', config],
      ['train', photos, '--export', `${COLOUR}/x.onnx`],
      ['evaluate', model, broken],
      ['inspect', broken],
      ['inspect', COLOUR!],
      ['completion', COLOUR!],
      ['resume', COLOUR!],
    ])
      for (const { code, stderr, stdout } of await each(argv)) {
        if (argv[0] !== 'inspect') expect(code, argv.join(' ')).not.toBe(0)
        expect(`${stdout}${stderr}`).not.toBe('')
      }
  })
})
