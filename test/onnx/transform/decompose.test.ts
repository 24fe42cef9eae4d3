import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../../src/lowering/lower.js'
import type { AttributeInput } from '../../../src/onnx/builder.js'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { type Graph, MS } from '../../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../../src/onnx/shapes/inferShapes.js'
import { decompose } from '../../../src/onnx/transform/decompose/decompose.js'
import { decompositions } from '../../../src/onnx/transform/decompose/register.js'
import { graphOf, feeds as labels, type RuleCase, trainedOf } from '../../autodiff/support/ruleCase.js'
import golden from '../../golden/attention/attention.json' with { type: 'json' }
import { checkGradients, withGradients } from '../../support/checkGradients.js'
import { gaussian } from '../../support/checkOp.js'
import { expectClose } from '../../support/compare.js'
import { runStock } from '../../support/stockRuntime.js'

/** An operator on inputs; the first has a symbolic batch. */
interface FusedCase {
  readonly name: string
  readonly op: string
  readonly inputs: readonly (Tensor | undefined)[]
  readonly attributes?: Readonly<Record<string, AttributeInput>>
  readonly opset?: number
  /** The outputs, as far as they are read: `y0`, `y3`. Default: the first. */
  readonly outputs?: readonly string[]
}

const x = (...dims: number[]) => gaussian(dims, 'x')
const of = (name: string, ...dims: number[]) => gaussian(dims, name)
const bools = (dims: number[], ...data: number[]): Tensor => ({ type: 'bool', dims, data: Uint8Array.from(data) })
const int32 = (dims: number[], ...data: number[]): Tensor => ({ type: 'int32', dims, data: Int32Array.from(data) })

const qkv = [of('q', 2, 4, 3, 6), of('k', 2, 4, 3, 6), of('v', 2, 4, 3, 6)]
const rows = [of('q', 2, 3, 8), of('k', 2, 5, 8), of('v', 2, 5, 8)]
const packed = [x(2, 4, 6), of('w', 6, 24), of('b', 24)]

const attention: readonly FusedCase[] = [
  { name: 'by heads', op: 'Attention', inputs: qkv },
  { name: 'causal, with a scale', op: 'Attention', inputs: qkv, attributes: { is_causal: 1, scale: 0.3 } },
  {
    name: 'with a float mask and a softcap',
    op: 'Attention',
    inputs: [...qkv, of('m', 3, 3)],
    attributes: { softcap: 0.8 },
  },
  { name: 'with a bool mask', op: 'Attention', inputs: [...qkv, bools([3, 3], 1, 0, 1, 0, 1, 1, 1, 1, 1)] },
  {
    name: 'a bool mask and a softcap',
    op: 'Attention',
    inputs: [...qkv, bools([2, 1, 3, 3], 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0)],
    attributes: { softcap: 2, is_causal: 1 },
  },
  {
    name: 'grouped queries by heads, values of another width',
    op: 'Attention',
    inputs: [of('q', 2, 4, 3, 6), of('k', 2, 2, 5, 6), of('v', 2, 2, 5, 3)],
  },
  { name: 'rows', op: 'Attention', inputs: rows, attributes: { q_num_heads: 2, kv_num_heads: 2 } },
  {
    name: 'grouped queries in rows',
    op: 'Attention',
    inputs: [of('q', 2, 3, 16), of('k', 2, 5, 8), of('v', 2, 5, 4)],
    attributes: { q_num_heads: 4, kv_num_heads: 2, is_causal: 1 },
  },
].map((each) => ({ ...each, opset: 23 }))

const microsoft: readonly FusedCase[] = [
  { name: 'packed', op: `${MS}:Attention`, inputs: packed, attributes: { num_heads: 2 } },
  { name: 'packed, causal', op: `${MS}:Attention`, inputs: packed, attributes: { num_heads: 2, unidirectional: 1 } },
  {
    name: 'packed, sizes of its own',
    op: `${MS}:Attention`,
    inputs: [x(2, 4, 6), of('w', 6, 20), of('b', 20)],
    attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 4] },
  },
  {
    name: 'packed, with a mask of keys',
    op: `${MS}:Attention`,
    inputs: [...packed, int32([2, 4], 1, 1, 0, 1, 1, 0, 1, 1)],
    attributes: { num_heads: 2 },
  },
  {
    name: 'packed, with a mask of queries and keys',
    op: `${MS}:Attention`,
    inputs: [...packed, int32([2, 4, 4], ...Array.from({ length: 32 }, (_, i) => (i % 3 ? 1 : 0)))],
    attributes: { num_heads: 2, mask_filter_value: -50 },
  },
  {
    name: 'packed, with a bias of positions',
    op: `${MS}:Attention`,
    inputs: [...packed, undefined, undefined, of('positions', 2, 2, 4, 4)],
    attributes: { num_heads: 2 },
  },
  { name: 'of three inputs', op: `${MS}:MultiHeadAttention`, inputs: rows, attributes: { num_heads: 2 } },
  {
    name: 'of three inputs, with all',
    op: `${MS}:MultiHeadAttention`,
    inputs: [...rows, of('b', 24), int32([2, 5], 1, 1, 1, 0, 1, 1, 1, 1, 1, 0), of('positions', 1, 2, 3, 5)],
    attributes: { num_heads: 2, scale: 0.5 },
  },
  { name: 'BiasGelu', op: `${MS}:BiasGelu`, inputs: [x(2, 3, 4), of('b', 4)] },
  { name: 'FastGelu', op: `${MS}:FastGelu`, inputs: [x(2, 3, 4)] },
  { name: 'FastGelu with a bias', op: `${MS}:FastGelu`, inputs: [x(2, 3, 4), of('b', 4)] },
  { name: 'QuickGelu', op: `${MS}:QuickGelu`, inputs: [x(2, 8)], attributes: { alpha: 1.5 } },
  {
    name: 'a transposed matrix',
    op: `${MS}:FusedMatMul`,
    inputs: [x(2, 3, 4), of('w', 5, 4)],
    attributes: { transB: 1, alpha: 0.5 },
  },
  {
    name: 'two transposed',
    op: `${MS}:FusedMatMul`,
    inputs: [x(2, 4, 3), of('w', 2, 5, 4)],
    attributes: { transA: 1, transB: 1 },
  },
  {
    name: 'a convolution with ReLU and a shortcut',
    op: `${MS}:FusedConv`,
    inputs: [x(2, 3, 5, 5), of('w', 4, 3, 3, 3), of('b', 4), of('z', 2, 4, 5, 5)],
    attributes: { pads: [1, 1, 1, 1], activation: 'Relu' },
  },
  {
    name: 'a convolution, clipped',
    op: `${MS}:FusedConv`,
    inputs: [x(2, 3, 5, 5), of('w', 4, 3, 3, 3)],
    attributes: { activation: 'Clip', activation_params: [-0.5, 1] },
  },
  {
    name: 'a linear layer with leaky ReLU',
    op: `${MS}:FusedGemm`,
    inputs: [x(2, 3), of('w', 4, 3), of('b', 4)],
    attributes: { transB: 1, activation: 'LeakyRelu', activation_alpha: 0.3 },
  },
  {
    name: 'a sum',
    op: `${MS}:SkipLayerNormalization`,
    inputs: [x(2, 3, 8), of('s', 2, 3, 8), of('g', 8), of('b', 8), of('c', 8)],
    attributes: { epsilon: 1e-3 },
    outputs: ['y0', '', '', 'y3'],
  },
  {
    name: 'a sum',
    op: `${MS}:SkipSimplifiedLayerNormalization`,
    inputs: [x(2, 3, 8), of('s', 2, 3, 8), of('g', 8), of('c', 8)],
    outputs: ['y0', '', '', 'y3'],
  },
]

const places = int64([0, 1, 2, 2, 3, 4], [2, 3])
const tables = [of('cos', 5, 3), of('sin', 5, 3)]

const rotary: readonly FusedCase[] = [
  ...[0, 1].flatMap((interleaved): FusedCase[] => [
    {
      name: `by heads, interleaved ${interleaved}`,
      op: 'RotaryEmbedding',
      inputs: [x(2, 4, 3, 6), ...tables, places],
      attributes: { interleaved },
    },
    {
      name: `rows, a part of each head, interleaved ${interleaved}`,
      op: 'RotaryEmbedding',
      inputs: [x(2, 3, 16), ...tables, places],
      attributes: { interleaved, num_heads: 2, rotary_embedding_dim: 6 },
    },
    {
      name: `by heads, a part of each, the first position, interleaved ${interleaved}`,
      op: `${MS}:RotaryEmbedding`,
      inputs: [x(2, 2, 3, 8), int64([2]), ...tables],
      attributes: { interleaved, num_heads: 2, rotary_embedding_dim: 6 },
    },
    {
      name: `rows, interleaved ${interleaved}`,
      op: `${MS}:RotaryEmbedding`,
      inputs: [x(2, 3, 12), places, ...tables],
      attributes: { interleaved },
    },
  ]),
  {
    name: 'the angles of each token',
    op: 'RotaryEmbedding',
    inputs: [x(2, 4, 3, 6), of('cos', 2, 3, 3), of('sin', 2, 3, 3)],
  },
].map((each) => ({ ...each, opset: 23 }))

const standard: readonly FusedCase[] = [
  { name: 'Euclidean', op: 'LpNormalization', inputs: [x(2, 3, 4)], attributes: { axis: 1 }, opset: 22 },
  {
    name: 'absolute values, with zeros',
    op: 'LpNormalization',
    inputs: [float32([1, -2, 3, 0, 0, 0], [2, 3])],
    attributes: { p: 1 },
  },
  { name: 'of images', op: 'MeanVarianceNormalization', inputs: [x(2, 3, 4, 5)] },
  { name: 'of rows', op: 'MeanVarianceNormalization', inputs: [x(2, 3, 8)], attributes: { axes: [2] }, opset: 18 },
  {
    name: 'a sum without a shift, the same for all',
    op: `${MS}:SkipLayerNormalization`,
    inputs: [x(2, 3, 8), of('s', 3, 8), of('g', 8)],
  },
  {
    name: 'SimplifiedLayerNormalization',
    op: 'SimplifiedLayerNormalization',
    inputs: [x(2, 3, 8), of('g', 8)],
    opset: 17,
  },
  { name: 'RMS over the last axis', op: 'RMSNormalization', inputs: [x(2, 3, 8), of('g', 8)], opset: 23 },
  {
    name: 'RMS over two axes',
    op: 'RMSNormalization',
    inputs: [x(2, 3, 8), of('g', 3, 8)],
    attributes: { axis: 1, epsilon: 0.01 },
    opset: 23,
  },
  { name: 'Swish', op: 'Swish', inputs: [x(2, 8)], attributes: { alpha: 0.7 }, opset: 24 },
]

const cases = [...attention, ...microsoft, ...rotary, ...standard]

function fused({ op, inputs, attributes, opset = 17, outputs = ['y0'] }: FusedCase) {
  const [opType, domain = ''] = op.split(':').reverse() as [string, string?]
  const g = new GraphBuilder()
  const feeds: Record<string, Tensor> = {}
  const names = inputs.map((tensor, i) => {
    if (!tensor) return ''
    // ONNX Runtime ends the process where these are no constants.
    if (isWeight(op, i)) return g.initializer(`x${i}`, tensor)
    feeds[`x${i}`] = tensor
    return g.input(`x${i}`, tensor.type, i ? tensor.dims : ['N', ...tensor.dims.slice(1)])
  })
  g.ops(opType, names, attributes, { domain, outputs })
  for (const name of outputs) if (name) g.graph.outputs.push({ name, type: 'float32' })
  g.graph.opsets = new Map([['', opset]]).set(MS, 1)
  return { graph: g.graph, feeds }
}

const isWeight = (op: string, i: number): boolean => op === `${MS}:Attention` && (i === 1 || i === 2)

const simple = (graph: Graph): Graph => {
  const copy = graph.clone()
  decompose(copy)
  return copy
}

describe('a fused operator and the simpler ones in its place compute the same', () => {
  test.each(cases)('$op: $name', async (each) => {
    const { graph, feeds } = fused(each)
    const written = simple(graph)
    expect(written.nodes.map(({ opType, domain }) => `${domain}:${opType}`)).not.toContain(graph.nodes[0]!.opType)
    const [theirs, ours] = [await runStock(graph, feeds), await runStock(written, feeds)]
    for (const { name } of graph.outputs) expectClose(ours[name], theirs[name]!, 2e-6, name)
  })
})

test('every fused operator has a case here, and its shape is inferred', () => {
  const tested = new Set(cases.map(({ op }) => op))
  expect(decompositions.map(({ operator }) => operator).filter((operator) => !tested.has(operator))).toEqual([])
  for (const each of cases) {
    const { graph } = fused(each)
    const inferred = [graph, simple(graph)].map((each) => inferShapes(each).outputs.map(({ shape }) => shape?.slice(1)))
    expect(inferred[0]!.flat()).not.toContain(undefined)
    expect(inferred[1]).toEqual(inferred[0])
  }
})

// ONNX Runtime's kernel ends the process where the bias, which is optional, is missing.
test('packed attention without a bias is that with zeros', async () => {
  const zeros = float32(new Float32Array(24), [24])
  const each = { name: '', op: `${MS}:Attention`, inputs: packed.slice(0, 2), attributes: { num_heads: 2 } }
  const { graph, feeds } = fused({ ...each, inputs: [...each.inputs, zeros] })
  const [theirs, ours] = [await runStock(graph, feeds), await runStock(simple(fused(each).graph), feeds)]
  expectClose(ours.y0, theirs.y0!, 2e-6, 'y0')
})

describe('the gradient of what takes the place of a fused operator is that of finite differences', () => {
  const rules: readonly RuleCase[] = [
    {
      name: 'grouped attention, causal, with a softcap',
      opType: 'Attention',
      inputs: [of('q', 2, 2, 4), of('k', 2, 3, 2), of('v', 2, 3, 2)],
      attributes: { q_num_heads: 2, kv_num_heads: 1, is_causal: 1, softcap: 1.5 },
      output: [2, 2, 4],
      opset: 23,
    },
    {
      name: 'packed attention',
      opType: 'Attention',
      domain: MS,
      inputs: [x(2, 3, 4), of('w', 4, 12), of('b', 12), undefined, undefined, of('p', 1, 2, 3, 3)],
      attributes: { num_heads: 2 },
      output: [2, 3, 4],
    },
    {
      name: 'attention of three inputs',
      opType: 'MultiHeadAttention',
      domain: MS,
      inputs: [of('q', 2, 2, 4), of('k', 2, 3, 4), of('v', 2, 3, 4), of('b', 12)],
      attributes: { num_heads: 2 },
      output: [2, 2, 4],
    },
    {
      name: 'rotary positions',
      opType: 'RotaryEmbedding',
      inputs: [x(2, 1, 2, 4), of('cos', 5, 2), of('sin', 5, 2), int64([0, 1, 2, 3], [2, 2])],
      attributes: { interleaved: 1 },
      trained: [0],
      output: [2, 1, 2, 4],
      opset: 23,
    },
    { name: 'LpNormalization', opType: 'LpNormalization', inputs: [x(2, 4)], output: [2, 4] },
    {
      name: 'MeanVarianceNormalization',
      opType: 'MeanVarianceNormalization',
      inputs: [x(2, 2, 3, 2)],
      output: [2, 2, 3, 2],
    },
    { name: 'RMS', opType: 'RMSNormalization', inputs: [x(2, 3, 4), of('g', 4)], output: [2, 3, 4], opset: 23 },
    { name: 'FastGelu', opType: 'FastGelu', domain: MS, inputs: [x(2, 8), of('b', 8)], output: [2, 8] },
    {
      name: 'SkipLayerNormalization',
      opType: 'SkipLayerNormalization',
      domain: MS,
      inputs: [x(2, 2, 4), of('s', 2, 2, 4), of('g', 4), of('b', 4), of('c', 4)],
      output: [2, 2, 4],
    },
  ]
  test.each(rules)('$name', async (rule) => {
    const graph = simple(graphOf(rule))
    // Microsoft's training build ends at operator set 21; what is written has one form in both.
    if (rule.opset) graph.opsets.set('', 18)
    await checkGradients(graph, { requiresGrad: trainedOf(rule), feeds: labels })
  })
})

describe("attention has torch's gradients", () => {
  test.each(Object.entries(golden.cases))('%s', async (_, each) => {
    const { batch, tokens, size } = golden
    const g = new GraphBuilder()
    g.graph.opsets = new Map([['', 23]])
    const dims = (heads: number) => [batch, heads, tokens, size]
    const tensors = each.inputs.map((values, i) => float32(values, dims(i ? each.groups : each.heads)))
    const inputs = tensors.map((tensor, i) => g.initializer(`p${i}`, tensor))
    if (each.mask) inputs.push(g.constant(maskOf(each.mask)))
    const attributes = { is_causal: Number(each.causal), scale: each.scale ?? undefined }
    const y = g.op('Attention', inputs, attributes, { outputs: ['y'] })
    const scaled = g.op('Mul', [y, g.constant(float32(each.factors, dims(each.heads)))])
    const scores = each.heads * tokens * size
    g.output(g.op('Reshape', [scaled, g.ints(batch, -1)], {}, { outputs: ['logits'] }), 'float32', [batch, scores])
    const requiresGrad = ['p0', 'p1', 'p2']
    const forward = simple(g.graph)
    const training = buildTrainingGraph(forward, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
    const [shown, all] = withGradients(training, forward, labels)
    const lowered = lower(shown, { target: 'cpu' })
    lowered.outputs.push({ name: 'y', type: 'float32' })
    const results = await runStock(lowered, all)
    expectClose(results.y, float32(each.result, dims(each.heads)), 2e-6, 'y')
    for (const [i, gradient] of each.gradients.entries())
      expectClose(results[`p${i}_grad`], float32(gradient, tensors[i]!.dims), 1e-5, `p${i}_grad`)
  })
})

function maskOf(rows: readonly (readonly (number | boolean)[])[]): Tensor {
  const [data, dims] = [rows.flat(), [rows.length, rows.length]]
  return typeof data[0] === 'boolean' ? bools(dims, ...data.map(Number)) : float32(data.map(Number), dims)
}

describe('a node in a form that has no simpler one here stays as it is', () => {
  const heads = { q_num_heads: 2, kv_num_heads: 2 }
  const past = of('past', 2, 2, 1, 4)
  test.each<[string, FusedCase]>([
    [
      'past keys and values',
      { name: '', op: 'Attention', inputs: [...rows, undefined, past, past], attributes: heads },
    ],
    [
      'more outputs than the first',
      { name: '', op: 'Attention', inputs: rows, attributes: heads, outputs: ['y0', 'y1'] },
    ],
    [
      '3 heads of queries and 2 of keys',
      { name: '', op: 'Attention', inputs: rows, attributes: { ...heads, q_num_heads: 3 } },
    ],
    [
      'past keys and values',
      { name: '', op: `${MS}:Attention`, inputs: [...packed, undefined, past], attributes: { num_heads: 2 } },
    ],
    [
      'rotary positions',
      { name: '', op: `${MS}:Attention`, inputs: packed, attributes: { num_heads: 2, do_rotary: 1 } },
    ],
    [
      'a mask that counts keys',
      { name: '', op: `${MS}:Attention`, inputs: [...packed, int32([2], 3, 4)], attributes: { num_heads: 2 } },
    ],
    [
      'queries, keys and values in one input',
      { name: '', op: `${MS}:MultiHeadAttention`, inputs: [of('q', 2, 3, 2, 3, 4)], attributes: { num_heads: 2 } },
    ],
    [
      'packed batches',
      {
        name: '',
        op: `${MS}:RotaryEmbedding`,
        inputs: [x(2, 3, 12), places, ...tables],
        attributes: { is_packed_batching: 1 },
      },
    ],
    [
      'a scale',
      { name: '', op: `${MS}:RotaryEmbedding`, inputs: [x(2, 3, 12), places, ...tables], attributes: { scale: 2 } },
    ],
    ['6 angles in heads of 4', { name: '', op: 'RotaryEmbedding', inputs: [x(2, 2, 3, 4), ...tables, places] }],
    ['2 axes', { name: '', op: 'RotaryEmbedding', inputs: [x(2, 6), ...tables, places] }],
    [
      'an unknown number of heads',
      {
        name: '',
        op: 'RotaryEmbedding',
        inputs: [x(2, 3, 16), ...tables, places],
        attributes: { rotary_embedding_dim: 6 },
      },
    ],
    [
      'the activation Softsign',
      { name: '', op: `${MS}:FusedGemm`, inputs: [x(2, 3), of('w', 3, 4)], attributes: { activation: 'Softsign' } },
    ],
    [
      'transBatchA',
      { name: '', op: `${MS}:FusedMatMul`, inputs: [x(3, 2, 4), of('w', 2, 4, 5)], attributes: { transBatchA: 1 } },
    ],
  ])('%s', (_, each) => {
    const { graph } = fused(each)
    const written = simple(graph)
    expect(written.nodes).toEqual(graph.nodes)
    expect(written.nodes).toHaveLength(1)
  })
})
