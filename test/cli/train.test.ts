import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Jimp } from 'jimp'
import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { main } from '../../src/cli/main.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { directoryOf } from '../data/support.js'
import { json, run } from './support.js'

/** A network and images so small that a run takes a second. */
const TINY = ['--weights', 'none', '--width', '8', '--image-size', '32', '--workers', '0', '--threads', '1']
const TINY_RUN = [...TINY, '--batch-size', '8', '--crop-scale', '0.5']

/** Images of two colours. */
async function colours(count: number, under = ''): Promise<Record<string, Uint8Array>> {
  const names = ['blue', 'red'].flatMap((name) => Array.from({ length: count }, (_, i) => ({ name, i })))
  const files = names.map(async ({ name, i }) => {
    const color = (name === 'red' ? 0xe04020ff : 0x2040e0ff) + i * 0x010100
    return [
      `${under}${name}/${i}.png`,
      await new Jimp({ width: 36, height: 34 + i, color }).getBuffer('image/png'),
    ] as const
  })
  return Object.fromEntries(await Promise.all(files))
}

/** A file of weights that training has changed, each a number. */
async function expectTrained(file: string): Promise<void> {
  const { tensors } = readSafetensors(await readFile(file))
  const backbone = await loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32 })
  for (const name of ['conv1.weight', 'layer4.1.conv2.weight', 'bn1.running_mean', 'fc.weight']) {
    const now = tensors.get(name)!.data as Float32Array
    expect(now.every(Number.isFinite), name).toBe(true)
    expect(now, name).not.toEqual(backbone.graph.initializers.get(name)!.data)
  }
}

describe('train', () => {
  test('one folder is enough: it is split, trained on, and becomes a classifier', async () => {
    const directory = await directoryOf(await colours(10))
    const model = join(directory, 'model.onnx')
    const record = ['--report', join(directory, 'r.html'), '--metrics', join(directory, '.metrics')]
    const argv = ['train', directory, ...TINY_RUN, '--epochs', '2', '--export', model, ...record]
    const { code, stdout, stderr } = await run(argv)
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/^16 images of 2 classes \(blue, red\), 4 to measure on \(set aside\)\nresnet18, /)
    expect(stderr).toMatch(/\nepoch 2: loss /)
    expect(stdout).toMatch(
      /^validation accuracy \d+\.0 % on 4 images\n {2}classifier {2}\S+model\.onnx\n {2}report {6}\S+r\.html\n/,
    )
    expect(await readFile(join(directory, 'r.html'), 'utf8')).toContain(`onnx-finetune train ${directory}`)
    expect(await readFile(join(directory, '.metrics/metrics.csv'), 'utf8')).toMatch(/^epoch,.*\r?\n1,/)
    expect(await json(['predict', model, join(directory, 'red/3.png')])).toMatchObject([{ scores: { length: 2 } }])
  })

  test('train/ and test/, a config file, JSON lines, weights that another run goes on from', async () => {
    const directory = await directoryOf({ ...(await colours(4, 'train/')), ...(await colours(2, 'test/')) })
    const [save, config] = [join(directory, 'run.safetensors'), join(directory, 'train.json')]
    await writeFile(config, JSON.stringify({ epochs: 3, optimizer: 'adamw', freeze: 'layer2', warmup: 1, save }))
    const first = await run(['train', directory, ...TINY_RUN, '--config', config, '--epochs', '2', '--json'])
    expect(first.code, first.stderr).toBe(0)
    const events = first.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter(({ type }) => type === 'epoch')).toMatchObject([
      { epoch: 1 },
      { epoch: 2, validation: { examples: 4 } },
    ])
    expect(events.at(-1)).toEqual({ type: 'files', files: { weights: save } })
    const trained = readSafetensors(await readFile(save))
    expect(trained.metadata.get('classes')).toBe('["blue","red"]')

    const onward = ['train', directory, '--weights', save, '--lr', '0', '--optimizer', 'sgd']
    const again = join(directory, 'again.safetensors')
    const second = await run([...onward, '--weight-decay', '0', '--epochs', '1', '--workers', '0', '--save', again])
    expect(second.code, second.stderr).toBe(0)
    const gone = readSafetensors(await readFile(again))
    expect(gone.tensors.get('fc.weight')).toEqual(trained.tensors.get('fc.weight'))
    for (const fact of ['width', 'imageSize', 'preprocessing'])
      expect(gone.metadata.get(fact)).toBe(trained.metadata.get(fact))

    const model = join(directory, 'model.onnx')
    expect((await run(['export', save, '-o', model])).code).toBe(0)
    expect(await json(['evaluate', save, directory])).toEqual(await json(['evaluate', model, directory]))
  })

  test('a network whose batch norm is folded is a warning, and one in the report', async () => {
    const directory = await directoryOf(await colours(4))
    const [backbone, report] = ['test/golden/classifiers/folded.onnx', join(directory, 'r.html')]
    const where = ['--export', join(directory, 'm.onnx'), '--report', report, '--metrics', join(directory, '.metrics')]
    const argv = [
      'train',
      directory,
      '--backbone',
      backbone,
      '--epochs',
      '1',
      '--workers',
      '0',
      '--threads',
      '1',
      ...where,
    ]
    const { code, stderr } = await run(argv)
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/\nwarning: 7 batch norms are folded into convolutions .*PRESERVE/)
    expect(await readFile(report, 'utf8')).toContain('7 batch norms are folded')
    expect((await run(['inspect', backbone])).stdout).toContain('7 batch norms are folded')
    expect(await json(['inspect', backbone])).toMatchObject({ warnings: [{ code: 'folded-batch-norm', count: 7 }] })
  })

  test.each([
    [[], 'model.safetensors'],
    [['--save', 'asked-for.safetensors'], 'asked-for.safetensors'],
  ])(
    'where the classifier cannot be written, the weights are there and the message says where: %j',
    async (more, name) => {
      const directory = await directoryOf(await colours(4, 'photos/'))
      const [model, weights] = [join(directory, 'model.onnx'), join(directory, name)]
      let stderr = ''
      // Something takes the place of the classifier while the network trains.
      const write = (text: string) => {
        stderr += text
        if (text.startsWith('epoch 1')) mkdirSync(join(model, 'taken'), { recursive: true })
      }
      const save = more.length > 0 ? ['--save', weights] : []
      const argv = ['train', join(directory, 'photos'), ...TINY_RUN, '--epochs', '1', '--export', model, ...save]
      const code = await main(argv, { stdout: { write: () => {} }, stderr: { write }, env: {} })
      expect(code, stderr).toBe(1)
      expect(stderr).toContain(`weights up to the last step: ${weights}\n`)
      expect(stderr).toContain(`onnx-finetune: Cannot write ${model}`)
      await expectTrained(weights)
    },
  )

  test.each([
    [['--reuse', 'red'], 2, '--reuse must be pairs CLASS=OLD. Received: "red"'],
    [['--reuse', 'green=1'], 1, 'green'],
    [['--freeze', 'layer9'], 1, "{ upTo: 'layer9' } matches no parameter of the model"],
    [['--save', 'missing/w.safetensors'], 2, '--save must be a file in a directory that exists'],
    [['--backbone', 'vgg'], 1, 'There is no backbone vgg. Known: resnet18, resnet34'],
    [['--width', '8', '--weights', 'IMAGENET'], 1, 'resnet18 has no weights named IMAGENET'],
  ])('%j fails before it trains', async (argv, code, message) => {
    const directory = await directoryOf(await colours(2))
    const ended = await run(['train', directory, ...TINY_RUN, ...argv])
    expect({ ...ended, stderr: '' }).toEqual({ code, stdout: '', stderr: '' })
    expect(ended.stderr).toContain(message)
  })
})

describe('as a process', () => {
  const start = (argv: readonly string[], cwd: string) =>
    spawn(process.execPath, [join(process.cwd(), 'dist/cli/bin.js'), ...argv], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const textOf = async (stream: NodeJS.ReadableStream) => {
    let text = ''
    for await (const part of stream) text += part
    return text
  }

  test('it prints where it belongs and exits as it says', async () => {
    const child = start(['predict', '--top', '1'], '.')
    const [stdout, stderr, [code]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close'),
    ])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('MODEL.onnx is missing')
  })

  test.each([
    ['SIGINT', 130, ['--save', 'w.safetensors'], 'w.safetensors'],
    ['SIGTERM', 143, [], 'classifier.safetensors'],
  ] as const)('%s ends a run in good order, with the weights so far', async (signal, expected, more, weights) => {
    const directory = await directoryOf(await colours(6))
    const child = start(['train', directory, ...TINY_RUN, '--epochs', '5000', '--json', ...more], directory)
    child.stdout.once('data', () => child.kill(signal))
    const [stderr, [code]] = await Promise.all([textOf(child.stderr), once(child, 'close'), textOf(child.stdout)])
    expect(code, stderr).toBe(expected)
    expect(stderr).toContain(`weights up to the last step: ${weights}`)
    expect(await readdir(directory)).toEqual(['blue', weights, 'red'].sort())
    await expectTrained(join(directory, weights))
  })

  test('whoever reads its lines may go away: what was trained is kept', async () => {
    const directory = await directoryOf(await colours(6))
    const child = start(['train', directory, ...TINY_RUN, '--epochs', '5000', '--json'], directory)
    child.stdout.once('data', () => child.stdout.destroy())
    const [stderr, [code]] = await Promise.all([textOf(child.stderr), once(child, 'close')])
    expect(code, stderr).toBe(0)
    await expectTrained(join(directory, 'classifier.safetensors'))
  })
})
