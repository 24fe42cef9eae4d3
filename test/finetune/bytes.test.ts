import { beforeEach, describe, expect, test, vi } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { networkInput } from '../../src/finetune/batches/networkInput.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { fineTune } from '../../src/index.js'
import { lower } from '../../src/lowering/lower.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import type { StepOptions } from '../../src/session/client/stepOptions.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { compose } from '../../src/transforms/compose.js'
import { normalize } from '../../src/transforms/normalize.js'
import { randomErasing } from '../../src/transforms/randomErasing.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { resize } from '../../src/transforms/resize.js'
import { rgbImage } from '../../src/transforms/rgbImage.js'
import { toPlanes } from '../../src/transforms/toPlanes.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { AnyTransform } from '../../src/transforms/transform.js'
import { images, smallModel, tensorsOf } from './support/smallRun.js'

const dataset = await images(12, 1)
const others = await images(6, 2)
const crossEntropy = { type: 'crossEntropy', reduction: 'mean' } as const
const mean = [0.485, 0.456, 0.406]
const std = [0.229, 0.224, 0.225]
/** Behind `toTensor`, so that what follows is computed where images are loaded. */
const asItIs: AnyTransform = { name: 'asItIs', apply: (value) => value }

/** Types of what the steps of a run were fed. */
const fed = new Set<string>()
beforeEach(() => fed.clear())
for (const call of ['updateStep', 'trainStep', 'evalStep'] as const) {
  const real = TrainingEngine.prototype[call]
  vi.spyOn(TrainingEngine.prototype, call).mockImplementation(function (
    this: TrainingEngine,
    feeds: Readonly<Record<string, Tensor>>,
    options?: StepOptions,
  ) {
    for (const [name, { type }] of Object.entries(feeds)) if (name !== 'labels') fed.add(type)
    return real.call(this, feeds, options)
  } as never)
}

async function weightsAfter(options: Partial<FineTuneOptions>, frozen?: string) {
  const model = await smallModel()
  if (frozen) freeze(model, { upTo: frozen })
  const optimizer = adamW(paramGroups(model, { lr: 1e-3 }))
  const common = { train: dataset, validation: others, epochs: 2, batchSize: 5, optimizer, seed: 3, threads: 1 }
  const result = await fineTune(model, { ...common, ...options })
  return { weights: tensorsOf(model), last: result.epochs.at(-1)!, fed: [...fed] }
}

function largestDifference(a: Record<string, Tensor>, b: Record<string, Tensor>): number {
  expect(Object.keys(a)).toEqual(Object.keys(b))
  const of = ([name, { data }]: [string, Tensor]) =>
    Math.max(...Array.from(data as Float32Array, (value, i) => Math.abs(value - (b[name]!.data as Float32Array)[i]!)))
  return Math.max(...Object.entries(a).map(of))
}

const views = (...end: AnyTransform[]) => ({
  trainTransform: compose([randomResizedCrop(48), ...end] as [AnyTransform]) as never,
  validationTransform: compose([resize([48, 48]), ...end] as [AnyTransform]) as never,
})

describe('images travel as bytes, and the graph normalizes them', () => {
  test.each([
    ['toTensor and normalize', 'onnxruntime-node', [toTensor(), normalize(mean, std)]],
    ['toTensor alone', 'onnxruntime-node', [toTensor()]],
    ['toTensor and normalize', 'onnxruntime-web', [toTensor(), normalize(mean, std)]],
  ] as const)('%s on %s: weights as where images are loaded as numbers', async (_, runtime, end) => {
    const bytes = await weightsAfter({ ...views(...end), runtime })
    fed.clear()
    const floats = await weightsAfter({ ...views(...end, asItIs), runtime })
    expect([bytes.fed, floats.fed]).toEqual([['uint8'], ['float32']])
    expect(largestDifference(bytes.weights, floats.weights)).toBeLessThan(1e-6)
    expect(bytes.last.trainLoss).toBeCloseTo(floats.last.trainLoss, 6)
    expect(bytes.last.validation!.loss).toBeCloseTo(floats.last.validation!.loss, 6)
  })

  test('so do the default transforms, and the features of a frozen front', async () => {
    expect((await weightsAfter({})).fed).toEqual(['uint8'])
    fed.clear()
    const cached = await weightsAfter({ ...views(toTensor(), normalize(mean, std)), cacheFeatures: true }, 'layer3')
    expect(cached.fed.sort()).toEqual(['float32', 'uint8'])
    fed.clear()
    const floats = await weightsAfter({ ...views(toTensor(), asItIs), cacheFeatures: { views: 1 } }, 'layer3')
    expect(floats.fed).toEqual(['float32'])
  })

  test.each([
    ['something behind it', { ...views(toTensor(), randomErasing()) }],
    [
      'another end in validation',
      { ...views(toTensor()), validationTransform: views(toTensor(), normalize(mean, std)).validationTransform },
    ],
    ['no toTensor of ours', views({ name: 'own', apply: (image: never) => toTensor().apply(image, null!) })],
  ])('%s keeps numbers', async (_, transforms) => {
    expect((await weightsAfter({ ...transforms, epochs: 1 })).fed).toEqual(['float32'])
  })
})

test('the blocked layout begins at the first convolution, as where images come as numbers', async () => {
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 64, width: 16 })
  const model = replaceHead(backbone, { classes: ['a', 'b'] })
  const views = [compose([toTensor(), normalize(mean, std)])]
  const operatorsOf = (graph: Graph) => {
    const requiresGrad = model.trainable
    const parts = { requiresGrad, frozenParams: [...model.buffers], outputs: [], loss: crossEntropy }
    const training = buildTrainingGraph(graph, parts)
    const shapes = new Map([[graph.inputs[0]!.name, [4, 3, 64, 64]]])
    const { nodes } = lower(training, { target: 'cpu-blocked16', shapes: shapes.set('labels', [4]) })
    return nodes.map(({ domain, opType }) => `${domain}:${opType}`).sort()
  }
  const bytes = operatorsOf(networkInput(model.graph, views).graph)
  expect(bytes).toEqual([...operatorsOf(model.graph), ':Cast', ':Div', ':Div', ':Sub'].sort())
})

test('planes are the bytes of an image, channel by channel, also of a part of one', () => {
  const image = rgbImage(
    Uint8Array.from({ length: 24 }, (_, i) => i),
    2,
    4,
  )
  const part = image.hi(2, 3).lo(0, 1)
  const { type, dims, data } = toPlanes().apply(part, null!)
  expect([type, dims]).toEqual(['uint8', [3, 2, 2]])
  expect([...data]).toEqual([3, 6, 15, 18, 4, 7, 16, 19, 5, 8, 17, 20])
})
