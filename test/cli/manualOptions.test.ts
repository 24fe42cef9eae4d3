import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { train } from '../../src/cli/commands/train.js'
import { keepCommand } from '../../src/cli/finetune/checkpoints.js'
import { optimizerOf } from '../../src/cli/finetune/optimizer.js'
import { settingsOf, type TrainOptions } from '../../src/cli/finetune/options.js'
import { scheduleOf } from '../../src/cli/finetune/recipe.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { directoryOf } from '../data/support.js'
import { smallModel } from '../finetune/support/smallRun.js'
import { json, run } from './support.js'
import { folder, optionsOf, TINY } from './tinyTraining.js'

describe('the optimizer', () => {
  test.each(['sgd', 'adam', 'adamw', 'rmsprop', 'lion', 'lamb'] as const)('%s', async (name) => {
    const options = await optionsOf('--optimizer', name, '--lr', '0.01', '--weight-decay', '0.5')
    const { kind, groups } = optimizerOf(await smallModel(), options, false)
    expect(kind.toLowerCase().replace('v2', '')).toContain(name === 'adamw' ? 'adam' : name)
    expect(groups.map(({ name: group, lr, weightDecay }) => [group, lr, weightDecay])).toEqual([
      ['backbone', 0.01, 0.5],
      ['head', 0.1, 0.5],
    ])
  })

  test('--layer-decay: the head has --lr, each block before it less', async () => {
    const options = await optionsOf('--lr', '0.01', '--layer-decay', '0.5')
    const { groups } = optimizerOf(await smallModel(), options, false)
    expect([...new Set(groups.map(({ lr }) => lr))]).toEqual([32, 16, 8, 4, 2, 1].map((divisor) => 0.01 / divisor))
    expect(groups.at(-1)!.params).toEqual(['fc.weight'])
  })
})

test.each([
  ['constant', [1, 1, 1, 1]],
  ['linear', [1, 0.75, 0.5, 0.25]],
  ['cosine', [0, 1, 2, 3].map((step) => (1 + Math.cos((Math.PI * step) / 4)) / 2)],
])('--schedule %s', async (name, expected) => {
  const schedule = scheduleOf(await optionsOf('--schedule', name))({ steps: 4, stepsPerEpoch: 4 })
  const factors = [0, 1, 2, 3].map((step) => schedule(step))
  expect(factors).toEqual(expected.map((factor) => expect.closeTo(factor, 12)))
})

test('loss, mixing, sampling and averages are those of fineTune; without them, its own', async () => {
  const given = await optionsOf(
    ...['--label-smoothing', '0.1', '--mixup', '0.4', '--cutmix', '0.7', '--balanced', '--ema', '0.9'],
  )
  expect(settingsOf(given)).toMatchObject({
    loss: { type: 'crossEntropy', labelSmoothing: 0.1 },
    mixup: { alpha: 0.4 },
    cutmix: { alpha: 0.7 },
    sampling: 'balanced',
    ema: { decay: 0.9 },
  })
  expect(settingsOf(await optionsOf('--overfit-batches', '3'))).toMatchObject({ overfitBatches: 3 })
  const none = { loss: undefined, mixup: undefined, cutmix: undefined, sampling: undefined, ema: undefined }
  expect(settingsOf(await optionsOf())).toMatchObject(none)
})

test('limits, momentum, and the weights and statistics of the end', async () => {
  const argv = ['--clip-norm', '1', '--clip-value', '0.5', '--swa', '--swa-from', '3', '--batch-norm', 'reestimated']
  const given = await optionsOf(...argv, '--metric', 'loss', '--optimizer', 'rmsprop', '--lr', '1', '--momentum', '0.5')
  expect(settingsOf(given)).toMatchObject({
    clipGradients: { norm: 1, value: 0.5 },
    swa: { from: 3 },
    batchNorm: 'reestimated',
    metric: 'loss',
  })
  const momenta = async (options: TrainOptions) =>
    optimizerOf(await smallModel(), options, false).groups.map((group) => (group as { momentum?: number }).momentum)
  expect(await momenta(given)).toEqual([0.5, 0.5])
  expect(await momenta(await optionsOf('--optimizer', 'rmsprop', '--lr', '1'))).toEqual([0, 0])
  expect(await momenta(await optionsOf('--optimizer', 'sgd'))).toEqual([0.9, 0.9])
  expect(await momenta(await optionsOf('--optimizer', 'sgd', '--momentum', '0.2'))).toEqual([0.2, 0.2])
})

test('a run has them all', async () => {
  const directory = await folder()
  const report = join(directory, '.r.html')
  const [save, options] = [join(directory, '.w.safetensors'), ['--optimizer', 'lion', '--lr', '0.001', '--ema', '0.9']]
  const more = ['--layer-decay', '0.8', '--label-smoothing', '0.1', '--mixup', '0.2', '--cutmix', '1', '--balanced']
  const head = ['--hidden', '6', '--dropout', '0.2', '--clip-value', '1', '--batch-norm', 'frozen']
  const argv = ['train', directory, ...TINY, '--epochs', '1', '--batch-size', '8', '--schedule', 'linear']
  const { code, stderr } = await run([...argv, ...options, ...more, ...head, '--save', save, '--report', report])
  expect(code, stderr).toBe(0)
  const { tensors, metadata } = readSafetensors(await readFile(save))
  expect([tensors.get('fc.1.weight')!.dims[0], tensors.get('fc.4.weight')!.dims]).toEqual([6, [2, 6]])
  expect(metadata.get('dropout')).toBe('0.2')
  expect(new Set(tensors.get('layer1.0.bn1.running_mean')!.data as Float32Array)).toEqual(new Set([0]))
  const page = await readFile(report, 'utf8')
  for (const text of ['Lion', 'mixup', 'cutmix', 'label smoothing', 'balanced', 'layer_0_decay'])
    expect(page.toLowerCase()).toContain(text.toLowerCase())
})

test('--freeze-epochs trains the head alone first, --swa ends with an average', async () => {
  const directory = await folder()
  const [report, save] = [join(directory, '.r.html'), join(directory, '.w.safetensors')]
  const argv = ['train', directory, ...TINY, '--epochs', '1', '--freeze-epochs', '1', '--batch-size', '8', '--swa']
  const { code, stderr } = await run([...argv, '--metrics', join(directory, '.m'), '--save', save, '--report', report])
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/\nepoch 1, phase 1: loss .*\nepoch 2, phase 2: loss /s)
  const page = await readFile(report, 'utf8')
  expect(page).toMatch(/averaged epochs(<[^>]*>)+from 2 on/)
  expect(page).toMatch(/phases(<[^>]*>)+1: 1 epoch, 130 parameters, adamW at 0.0009; 2: 1 epoch, 176,\d+ parameters/)
  const rows = (await readFile(join(directory, '.m/metrics.csv'), 'utf8')).trimEnd().split('\r\n')
  expect(rows.map((row) => row.split(',').at(-1))).toEqual(['phase', '1', '2'])
})

test('--fast-dev-run trains one batch, and writes no file that is not named', async () => {
  const [directory, before] = [await folder(), process.cwd()]
  process.chdir(directory)
  try {
    const argv = ['train', '.', ...TINY, '--fast-dev-run', '--batch-size', '4', '--epochs', '7', '--json']
    const { code, stdout, stderr } = await run(argv)
    expect(code, stderr).toBe(0)
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.filter(({ type }) => type === 'step')).toMatchObject([{ examples: 4, stepsPerEpoch: 1 }])
    expect(events.at(-1)).toEqual({ type: 'files', files: {} })
    expect((await readdir('.')).sort()).toEqual(['blue', 'red'])
  } finally {
    process.chdir(before)
  }
})

describe('are refused before images are opened', () => {
  test.each([
    [['--optimizer', 'lamb'], '--lr must be given with --optimizer lamb, for which no rate is usual'],
    [['--schedule', 'one-cycle', '--warmup', '3'], '--warmup must be left out with --schedule one-cycle'],
    [['--mixup', '1', '--feature-views', '2'], '--mixup must be left out with --feature-views'],
    [['--cutmix', '1', '--feature-views', '2'], '--cutmix must be left out with --feature-views'],
    [['--mixup', '1', '--feature-precision', 'int8'], '--mixup must be left out with --feature-precision'],
    [['--layer-decay', '0'], '--layer-decay must be a number above 0, at most 1. Received: 0'],
    [['--ema', '1'], '--ema must be a number from 0 up to, not including, 1. Received: 1'],
    [['--dropout', '1'], '--dropout must be a number from 0 up to, not including, 1. Received: 1'],
    [['--recipe', 'auto', '--hidden', '8'], '--recipe must be manual with --hidden'],
    [['--mixup', '0'], '--mixup must be a number above 0. Received: 0'],
    [['--momentum', '0'], '--momentum must be left out with --optimizer adamw, which has none; sgd and rmsprop do'],
    [['--swa', '--ema', '0.9'], '--swa must be left out with --ema. Received: true'],
    [['--swa', '--keep', 'best'], '--swa must be left out with --keep best'],
    [['--batch-norm', 'reestimated', '--patience', '2'], '--batch-norm must be left out with --patience'],
    [['--swa', '--budget', '9s'], '--swa must be left out with --budget'],
    [['--swa', '--swa-from', '6'], '--swa-from must be from 1 to 5, the epochs of all layers. Received: 6'],
    [['--swa', '--swa-from', '2', '--freeze-epochs', '2'], '--swa-from must be from 3 to 7'],
    [['--freeze-epochs', '2', '--budget', '9s'], '--freeze-epochs must be left out with --budget'],
    [['--swa-from', '2'], '--swa-from must be with --swa'],
    [['--margin', '1', '--loss', 'contrastive'], '--margin must be left out, or with --loss triplet. Received: 1'],
    [['--loss-weight', '0.2'], '--loss-weight must be left out, or with --loss contrastive or triplet'],
    [
      ['--loss', 'triplet', '--label-smoothing', '0.1'],
      '--label-smoothing must be left out, or with --loss cross-entropy',
    ],
    [['--balanced', '--images-per-class', '2'], '--balanced must be left out with --images-per-class'],
    [['--explanations'], '--explanations must be with --report FILE, which has them. Received: true'],
    [['--clip-value', '0'], '--clip-value must be a number above 0. Received: 0'],
    [['--recipe', 'auto', '--mixup', '1'], '--recipe must be manual with --mixup'],
  ])('%j', async (argv, message) => {
    const { code, stderr } = await run(['train', 'missing', ...argv])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

test('resume has the options of the run as given ones: it goes on by the manual recipe', async () => {
  const [checkpoint, spied] = [await directoryOf({}), vi.spyOn(train, 'run').mockResolvedValue(0)]
  await keepCommand('photos', { ...(await optionsOf('--checkpoint', checkpoint)), json: false })
  const from = process.cwd()
  try {
    expect((await run(['resume', checkpoint])).code).toBe(0)
    expect([...spied.mock.calls[0]![0].given]).toContain('checkpoint')
  } finally {
    process.chdir(from)
    spied.mockRestore()
  }
})

describe('lr-find', () => {
  const argv = async () => [
    'lr-find',
    await folder(),
    ...TINY,
    '--batch-size',
    '4',
    '--steps',
    '40',
    '--start-rate',
    '1e-5',
  ]

  test('suggests a rate of the backbone, whatever the ratio of the head is', async () => {
    const found: { lr: number; rates: number[]; losses: number[]; smoothed: number[] } = await json([
      ...(await argv()),
      ...['--head-multiplier', '4', '--optimizer', 'sgd'],
    ])
    expect(found.rates[0]).toBeCloseTo(1e-5, 12)
    expect(found.rates.length).toBe(found.losses.length)
    expect(found.rates).toContain(found.lr)
    expect(found.smoothed.every(Number.isFinite)).toBe(true)
  })

  test('draws the curve, and a mark under it', async () => {
    const { code, stdout, stderr } = await run([...(await argv()), '--optimizer', 'rmsprop'], { columns: 60 })
    expect(code, stderr).toBe(0)
    expect(stdout).toMatch(/^smoothed loss over --lr\n *\S+ \|/)
    expect(stdout).toMatch(/\n +\^\n +0.00001 .*\nsuggested: --lr \S+; the loss falls most steeply at \S+\n$/)
    // The descent takes several rows, although the loss explodes.
    expect(stdout.split('\n').filter((line) => line.includes('*')).length).toBeGreaterThan(3)
  })

  test('refuses a range that is none', async () => {
    const { code, stderr } = await run([...(await argv()), '--end-rate', '1e-6'])
    expect(code).toBe(2)
    expect(stderr).toContain('--end-rate must be above --start-rate, 0.00001. Received: 0.000001')
  })
})
