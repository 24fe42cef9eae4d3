import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { drawMasks, withMasks } from '../../src/finetune/batches/dropout.js'
import { trainingGraphOf } from '../../src/finetune/batches/stochasticDepth.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { closeIdle } from '../../src/finetune/shards/shardEngine.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { residualSums } from '../../src/onnx/transform/residualSums.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { expectOfficialTraining, isBlockedHere } from '../lowering/blockedSupport.js'
import { expectClose } from '../support/compare.js'
import { clusterInProcess } from './support/clusterInProcess.js'
import { imageFiles } from './support/imageFiles.js'
import { filled, residualModel } from './support/residualModel.js'
import { failure, tensorsOf } from './support/smallRun.js'
import { tinyModel } from './support/tinyModel.js'

interface Golden {
  readonly masks: readonly [readonly number[], readonly number[]]
  readonly logits: readonly number[]
  readonly loss: number
  readonly gradients: Readonly<Record<string, { readonly first: readonly number[]; readonly sum: number }>>
}
const golden = JSON.parse(readFileSync(new URL('../golden/depth/depth.json', import.meta.url), 'utf8')) as Golden

const feeds = { input: filled(100, [6, 3, 8, 8], 1), labels: int64([0, 2, 1, 1, 0, 2]) }
const masks = {
  dropout_mask_1: float32(golden.masks[0], [6, 1, 1, 1]),
  dropout_mask_2: float32(golden.masks[1], [6, 1]),
}

const directory = await mkdtemp(join(tmpdir(), 'depth-'))
afterAll(async () => {
  await closeIdle()
  await rm(directory, { recursive: true, force: true })
})

test("a step with torchvision's masks is torch's step; evaluation drops nothing", async () => {
  const model = residualModel()
  const open = async (probability: number) =>
    TrainingEngine.create({
      artifacts: await generateArtifacts(withMasks(trainingGraphOf(model, { stochasticDepth: probability })).graph, {
        requiresGrad: model.parameters,
        frozenParams: model.buffers,
        loss: { type: 'crossEntropy', reduction: 'mean' },
        outputs: ['logits'],
        optimizer: sgd(paramGroups(model, { lr: 1 })),
      }),
      threads: 1,
    })
  const [session, plain] = [await open(0.5), await open(0)]
  const evaluated = (engine: TrainingEngine) => engine.evalStep(feeds).then(({ logits }) => logits!)
  expectClose(await evaluated(session), await evaluated(plain), 1e-6, 'logits in evaluation')
  const outputs = await session.updateStep({ ...feeds, ...masks })
  expect((outputs[session.loss] as Tensor<'float32'>).data[0]).toBeCloseTo(golden.loss, 5)
  expectClose(outputs.logits, float32(golden.logits, [6, 3]), 1e-5, 'logits')
  const changed = await session.getParameters()
  for (const [name, { first, sum }] of Object.entries(golden.gradients)) {
    const before = model.get(name).data
    const gradient = (changed[name] as Tensor<'float32'>).data.map((value, i) => before[i]! - value)
    expectClose(float32(gradient.slice(0, 8), [first.length]), float32(first, [first.length]), 1e-4, name)
    expect(gradient.reduce((total, value) => total + Math.abs(value), 0) / sum, name).toBeCloseTo(1, 4)
  }
  await Promise.all([session.release(), plain.release()])
})

test.skipIf(!isBlockedHere)('steps in both layouts are those of the official kernels', async () => {
  const model = residualModel()
  const { graph } = withMasks(trainingGraphOf(model, { stochasticDepth: 0.5 }))
  expect(await expectOfficialTraining(graph, { feeds: { ...feeds, ...masks } })).toContain('conv4.weight')
})

test('branches are dropped more often the later they are, except in a frozen front', () => {
  const masksOf = (freezing?: string) => {
    const model = residualModel()
    if (freezing) freeze(model, new RegExp(freezing))
    return withMasks(trainingGraphOf(model, { stochasticDepth: 0.2 })).masks.map(({ ratio, dims }) => [ratio, dims])
  }
  const [second, third] = [
    [Math.fround(0.1), [1, 1, 1]],
    [Math.fround(0.2), [1]],
  ]
  expect(masksOf()).toEqual([second, third])
  expect(masksOf('stem|conv|bn')).toEqual([third])
  expect(masksOf('stem|conv|bn|fc[12]')).toEqual([])
})

test('a mask has one value for each image, drops its share, and keeps the mean', () => {
  const { masks: drawn } = withMasks(trainingGraphOf(residualModel(), { stochasticDepth: 0.4 }))
  for (const [i, { data, dims }] of Object.values(drawMasks(drawn, 4000, [7])).entries()) {
    const ratio = [0.2, 0.4][i]!
    expect(dims).toEqual(
      [
        [4000, 1, 1, 1],
        [4000, 1],
      ][i],
    )
    expect(Math.abs(data.filter((value) => value === 0).length / 4000 - ratio)).toBeLessThan(0.03)
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / 4000 - 1)).toBeLessThan(0.05)
  }
})

const train = await imageFiles(directory, 12, 0)
const view = compose([resize([8, 8]), toTensor()])

async function runOf(more: Partial<FineTuneOptions>, freezing?: RegExp) {
  const model = Object.assign(residualModel(), { classes: train.classes })
  if (freezing) freeze(model, freezing)
  const optimizer = sgd(paramGroups(model, { lr: 0.01 }))
  const views = { trainTransform: view, validationTransform: view }
  const run = fineTune(model, { train, optimizer, batchSize: 4, epochs: 2, workers: 0, threads: 1, ...views, ...more })
  await run
  return { tensors: tensorsOf(model), settings: run.record.settings, losses: run.record.steps.map(({ loss }) => loss) }
}

test('a run has it in its record; cached features and shards have its masks', async () => {
  const front = /stem|conv[1235]|bn[1235]/
  const plain = await runOf({ stochasticDepth: 0.5, cacheFeatures: false }, front)
  const cached = await runOf({ stochasticDepth: 0.5 }, front)
  expect(cached.settings).toMatchObject({ featureViews: 1, stochasticDepth: 0.5 })
  for (const [i, loss] of cached.losses.entries()) expect(loss).toBeCloseTo(plain.losses[i]!, 5)
  const shards = { cluster: clusterInProcess(1), shards: 1, localSteps: 1, sharedDirectory: join(directory, 'shared') }
  const sharded = await runOf({ stochasticDepth: 0.5, ...shards }, front)
  for (const [i, loss] of sharded.losses.entries()) expect(loss).toBeCloseTo(plain.losses[i]!, 5)
})

test('a network without residual branches is refused', async () => {
  const model = tinyModel()
  expect(residualSums(model.graph)).toEqual([])
  const optimizer = sgd(paramGroups(model, { lr: 0.01 }))
  expect(await failure(fineTune(model, { train, optimizer, stochasticDepth: 0.1, workers: 0 }))).toMatchObject({
    code: 'options/invalid',
    facts: { option: 'fineTune: stochasticDepth', received: 0.1 },
  })
})
