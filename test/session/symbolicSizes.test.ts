import { afterEach, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'

const open: TrainingEngine[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.release()))
})

type Feeds = Record<string, Tensor>

/** What the network trains to, on the target that the runtime has and in the standard layout, where no size matters. */
async function expectSameTraining(graph: Graph, steps: readonly Feeds[], logits?: string): Promise<void> {
  const params = [...graph.initializers.keys()].filter((name) => !/mean|variance|constant/.test(name))
  const artifacts = await generateArtifacts(graph, {
    requiresGrad: params,
    loss: { type: 'crossEntropy', reduction: 'mean', logits },
    optimizer: sgd([{ name: 'all', params, lr: 0.05, momentum: 0.9 }]),
  })
  const train = async (target?: 'cpu') => {
    const session = await TrainingEngine.create({ artifacts, threads: 1, target, runtime: 'onnxruntime-node' })
    open.push(session)
    const losses: Feeds = {}
    for (const [i, feeds] of steps.entries()) losses[`loss ${i}`] = (await session.updateStep(feeds))[session.loss]!
    for (const feeds of steps) await session.trainStep(feeds)
    const gradients = Object.entries(await session.getGradients()).map(([name, value]) => [`${name} gradient`, value])
    return { ...losses, ...Object.fromEntries(gradients), ...(await session.getParameters()) }
  }
  expectAllClose(await train(), await train('cpu'), 2e-5)
}

const scaled = (scale: number, ...dims: number[]) =>
  float32(
    gaussian(dims, 'weight').data.map((value) => value * scale),
    dims,
  )
const ones = (count: number, value = 1) => float32(new Float32Array(count).fill(value), [count])
const labels = (...dims: number[]) =>
  int64(
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i % 3),
    dims,
  )
const image = (...dims: number[]) => gaussian(dims, 'image')

/** A first convolution, batch norm, a pool, a second convolution and a residual. */
function body(g: GraphBuilder, x: string): string {
  g.initializer('first', scaled(0.2, 16, 3, 3, 3))
  g.initializer('gamma', ones(16))
  g.initializer('beta', ones(16, 0.1))
  g.initializer('mean', ones(16, 0))
  g.initializer('variance', ones(16))
  g.initializer('second', scaled(0.1, 16, 16, 3, 3))
  const first = g.op('Conv', [x, 'first'], { pads: [1, 1, 1, 1] })
  const norm = g.op('Relu', [g.op('BatchNormalization', [first, 'gamma', 'beta', 'mean', 'variance'])])
  const pooled = g.op('MaxPool', [norm], { kernel_shape: [2, 2], strides: [2, 2] })
  return g.op('Relu', [g.op('Add', [g.op('Conv', [pooled, 'second'], { pads: [1, 1, 1, 1] }), pooled])])
}

function head(g: GraphBuilder, y: string, n: string | number = 'N'): Graph {
  g.initializer('fc', scaled(0.5, 3, 16))
  const flat = g.op('Flatten', [g.op('GlobalAveragePool', [y])])
  g.output(g.op('Gemm', [flat, 'fc'], { transB: 1 }), 'float32', [n, 3])
  return g.graph
}

test('height and width that are symbolic, and change from step to step with the batch', async () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', 'C', 'H', 'W'])
  const sizes = [
    [4, 8, 8],
    [4, 12, 10],
    [3, 9, 7],
    [4, 8, 8],
  ] as const
  const steps = sizes.map(([n, h, w]) => ({ x: image(n, 3, h, w), labels: labels(n) }))
  await expectSameTraining(head(g, body(g, 'x')), steps)
})

test('one name for height and width, and none at all', async () => {
  for (const dims of [
    ['N', 3, 'size', 'size'],
    [null, 3, null, null],
  ]) {
    const g = new GraphBuilder()
    g.input('x', 'float32', dims)
    const steps = [6, 10].map((size) => ({ x: image(2, 3, size, size), labels: labels(2) }))
    await expectSameTraining(head(g, body(g, 'x')), steps)
  }
})

test('a batch that is fixed, with symbolic height and width', async () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', [2, 3, 'H', 'W'])
  const steps = [
    { x: image(2, 3, 6, 8), labels: labels(2) },
    { x: image(2, 3, 8, 6), labels: labels(2) },
  ]
  await expectSameTraining(head(g, body(g, 'x'), 2), steps)
})

test('labels that carry height and width', async () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', 3, 'H', 'W'])
  g.initializer('classes', scaled(0.2, 3, 16, 1, 1))
  g.output(g.op('Conv', [body(g, 'x'), 'classes']), 'float32', ['N', 3, 'h', 'w'])
  const steps = [
    { x: image(2, 3, 8, 6), labels: labels(2, 4, 3) },
    { x: image(3, 3, 4, 4), labels: labels(3, 2, 2) },
  ]
  await expectSameTraining(g.graph, steps)
})

test('a second input whose first dimension is not the batch', async () => {
  const g = new GraphBuilder()
  // Fed first, as inputs are in the order of the model: its rows are averaged into what is added to every example.
  g.input('rows', 'float32', ['R', 3])
  g.input('x', 'float32', ['N', 3, 'H', 'W'])
  g.initializer('fc', scaled(0.5, 3, 16))
  g.initializer('mix', scaled(0.5, 1, 3))
  const logits = g.op('Gemm', [g.op('Flatten', [g.op('GlobalAveragePool', [body(g, 'x')])]), 'fc'], { transB: 1 })
  const pooled = g.op('GlobalAveragePool', [
    g.op('Unsqueeze', [g.op('Transpose', ['rows'], { perm: [1, 0] }), g.ints(0)]),
  ])
  const row = g.op('Mul', [g.op('Squeeze', [pooled, g.ints(2)]), 'mix'])
  g.output(g.op('Add', [logits, row]), 'float32', ['N', 3])
  const steps = [5, 2].map((rows) => ({ rows: image(rows, 3), x: image(2, 3, 6, 6), labels: labels(2) }))
  await expectSameTraining(g.graph, steps)
})
