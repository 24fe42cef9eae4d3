import { expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Dim, Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'
import { relativeError } from '../support/compare.js'
import { type Array64, toArray64, zeros } from '../support/float64/Array64.js'
import { values64 } from '../support/float64/evaluate.js'
import { lowered64 } from './lowered64.js'

/** Convolution, batch norm, and an average pool, whose gradient has the sizes that the graph declares. */
function network(batch: Dim, height: Dim) {
  const parameters = {
    w: gaussian([16, 3, 3, 3], 'w'),
    gamma: gaussian([16], 'gamma'),
    beta: gaussian([16], 'beta'),
    mean: gaussian([16], 'mean'),
    variance: float32(new Float32Array(16).fill(2), [16]),
    fc: gaussian([3, 16], 'fc'),
  }
  const g = new GraphBuilder()
  for (const [name, tensor] of Object.entries(parameters)) g.initializer(name, tensor)
  const norm = g.op('BatchNormalization', [
    g.op('Conv', [g.input('x', 'float32', [batch, 3, height, 6]), 'w']),
    'gamma',
    'beta',
    'mean',
    'variance',
  ])
  const pooled = g.op('AveragePool', [norm], { kernel_shape: [2, 2] })
  const flat = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [pooled, pooled])])])
  g.output(g.op('Gemm', [flat, 'fc'], { transB: 1 }), 'float32', [batch, 3])
  const requiresGrad = ['w', 'gamma', 'beta', 'fc']
  const training = buildTrainingGraph(g.graph, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
  return { training, feeds: { ...parameters, x: gaussian([4, 3, 6, 6], 'x'), labels: int64([0, 2, 1, 1]) } }
}

const tensor = ({ dims, data }: Array64) => float32(Float32Array.from(data), dims)

function expectedOf({ training, feeds }: ReturnType<typeof network>) {
  const inputs = new Map(Object.entries(feeds).map(([name, fed]) => [name, toArray64(fed)]))
  for (const { name, shape } of training.inputs)
    if (name.endsWith('.buffer')) inputs.set(name, zeros(shape as readonly number[]))
  return values64(training, inputs)
}

/** Another name for the gradient of a batch norm's output: its sizes are then those of a pool with an unnamed batch. */
function forgetSizes(graph: Graph): void {
  const gradient = graph.nodes.find(({ opType }) => opType === 'AveragePoolGrad')!.outputs[0]!
  const renamed = (name: string) => (name === gradient ? 'renamed' : name)
  for (const node of graph.nodes) [node.inputs, node.outputs] = [node.inputs.map(renamed), node.outputs.map(renamed)]
  graph.values.set('renamed', { ...graph.values.get(gradient), name: 'renamed' })
  graph.values.delete(gradient)
}

test.each(['cpu-blocked8', 'cpu-blocked16'] as const)(
  'on %s a batch norm whose gradient goes the standard way has its own mean, not that of the shifted convolution',
  (target) => {
    const built = network(null, 6)
    forgetSizes(built.training)
    const expected = expectedOf(built)
    const actual = lowered64(built.training, built.feeds, { target })
    for (const [name, value] of actual)
      expect(relativeError(tensor(value), tensor(expected.get(name)!)), name).toBeLessThan(1e-6)
  },
)

test.each(['cpu-blocked8', 'cpu-blocked16'] as const)(
  'on %s symbols of the inputs are known everywhere once what is fed is known: sizes of gradients too',
  (target) => {
    const built = network('N', 'H')
    const expected = expectedOf(built)
    const actual = lowered64(built.training, built.feeds, { target })
    for (const [name, value] of actual)
      expect(relativeError(tensor(value), tensor(expected.get(name)!)), name).toBeLessThan(1e-6)
    const shapes = new Map([
      ['x', [4, 3, 6, 6]],
      ['labels', [4]],
    ])
    const { nodes } = lower(built.training, { target, shapes })
    // The gradient of batch norm in the blocked form sums with depthwise convolutions, the standard one with ReduceSum.
    expect(
      nodes.filter(({ name, opType }) => opType === 'BatchNormalization' || /BatchNormalizationGrad/.test(name)),
    ).toEqual([])
  },
)
