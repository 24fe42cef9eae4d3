import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { expectOfficialTraining, isBlockedHere, shapesOf, target, tensorsOf } from './blockedSupport.js'

const tensor = tensorsOf(seededRandom('all threads'))
const labels = int64([0, 1, 2])

/** The operators of the lowered step, and its results against Microsoft's kernels. */
async function operatorsOf(forward: Graph, feeds: Readonly<Record<string, Tensor>>): Promise<string[]> {
  await expectOfficialTraining(forward, { feeds, tolerance: 2e-5 })
  const training = buildTrainingGraph(forward, {
    requiresGrad: [...forward.initializers.keys()].filter((name) => !/running|constant/.test(name)),
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })
  return lower(training, { target, shapes: shapesOf(training, feeds) }).nodes.map(({ opType, attributes: { perm } }) =>
    perm?.type === 'ints' ? `${opType} ${perm.value}` : opType,
  )
}

/** Starts with a convolution, so that the step is blocked. */
function begin(): { readonly g: GraphBuilder; readonly maps: string; readonly feeds: Record<string, Tensor> } {
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', 16, 6, 6])
  const maps = g.op('Conv', ['x', g.initializer('w', tensor(16, 16, 1, 1))])
  return { g, maps, feeds: { x: tensor(3, 16, 6, 6), labels } }
}

function end(g: GraphBuilder, maps: string): Graph {
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [maps, maps])])])
  g.output(g.op('Gemm', [pooled, g.initializer('fc', tensor(3, 16))], { transB: 1 }), 'float32', ['N', 3])
  return g.graph
}

describe.skipIf(!isBlockedHere)('operators that ONNX Runtime computes on one thread are written in others', () => {
  test('where a convolution is followed by layers on channels last', async () => {
    const { g, maps, feeds } = begin()
    const last = g.op('Transpose', [maps], { perm: [0, 2, 3, 1] })
    const parts = ['scale', 'bias'].map((part) => g.initializer(part, float32(tensor(1, 16).data.map(Math.abs), [16])))
    const rows = g.op('Reshape', [g.op('LayerNormalization', [last, ...parts]), g.ints(-1, 16)])
    const hidden = g.op('Gemm', [
      rows,
      g.initializer('up', tensor(16, 32)),
      g.initializer('u', float32(tensor(32, 1).data, [32])),
    ])
    const active = g.op('Gelu', [hidden], {}, { domain: MS })
    const out = g.op('Gemm', [
      active,
      g.initializer('down', tensor(32, 16)),
      g.initializer('d', float32(tensor(16, 1).data, [16])),
    ])
    const back = g.op('Transpose', [g.op('Reshape', [out, g.ints(-1, 6, 6, 16)])], { perm: [0, 3, 1, 2] })
    const operators = await operatorsOf(end(g, g.op('Add', [maps, back])), feeds)
    expect(operators).toContain('ReorderInput')
    for (const single of ['Transpose 0,2,3,1', 'Transpose 0,3,1,2', 'Sum']) expect(operators).not.toContain(single)
    // The biases and both vectors of layer normalization: sums over 108 rows, in parts, whose sums are few.
    expect(operators.filter((operator) => operator === 'MatMul')).toHaveLength(4)
  })

  test('where all slices of a value are read, as queries, keys and values are', async () => {
    const { g, maps, feeds } = begin()
    const all = g.op('Reshape', [
      g.op('Conv', [maps, g.initializer('v', tensor(48, 16, 1, 1))]),
      g.ints(-1, 3, 16, 6, 6),
    ])
    const slice = (index: number) => g.op('Gather', [all, g.constant(int64([index], []))], { axis: 1 })
    const mixed = g.op('Add', [g.op('Mul', [slice(0), slice(1)]), slice(2)])
    expect(await operatorsOf(end(g, mixed), feeds)).not.toContain('ScatterND')
  })

  test.each([
    [0, 1],
    // The middle, as a float32, is nearer to one of them than to the other.
    [-1.9, 0.3],
  ])('where values are limited to %f and %f', async (low, high) => {
    const { g, maps, feeds } = begin()
    const vector = (name: string, value: number) => g.initializer(name, float32(Array(16).fill(value), [16]))
    const vectors = [vector('scale', 1), vector('bias', 0.5), vector('running_mean', 0), vector('running_var', 1)]
    const limited = g.op('Clip', [g.op('BatchNormalization', [maps, ...vectors]), g.scalar(low), g.scalar(high)])
    const operators = await operatorsOf(end(g, limited), feeds)
    expect(operators).toContain('HardSigmoid')
    for (const single of ['Less', 'Or']) expect(operators).not.toContain(single)
  })
})
