import { describe, expect, it } from 'vitest'
import { buildEvalGraph } from '../../src/autodiff/buildEvalGraph.js'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { Loss } from '../../src/autodiff/loss.js'
import { blockedFilters } from '../../src/lowering/nchwc/layout/filters.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { withGradients } from '../support/checkGradients.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'

type Wrap = (g: GraphBuilder, parameter: string, dims: readonly number[]) => string

/** Ways from a parameter to its reader on which its value stays what it is. */
const wraps: Record<string, Wrap> = {
  Identity: (g, p) => g.op('Identity', [g.op('Identity', [p])]),
  Cast: (g, p) => g.op('Cast', [p], { to: 1 }),
  Reshape: (g, p, dims) => g.op('Reshape', [g.op('Reshape', [p, g.ints(-1)]), g.ints(...dims)]),
  Transpose: (g, p, dims) => {
    const perm = dims.map((_, axis) => (axis + 1) % dims.length)
    const inverse = perm.map((_, axis) => perm.indexOf(axis))
    return g.op('Transpose', [g.op('Transpose', [p], { perm })], { perm: inverse })
  },
  'Unsqueeze and Squeeze': (g, p) => g.op('Squeeze', [g.op('Unsqueeze', [p, g.ints(0)]), g.ints(0)]),
}

const DIMS = {
  filter: [16, 16, 3, 3],
  'filter.bias': [16],
  scale: [16],
  bias: [16],
  fc: [3, 16],
  'fc.bias': [3],
} as const
const parameters = Object.keys(DIMS)
const options = { requiresGrad: parameters, loss: { type: 'crossEntropy', reduction: 'mean' } satisfies Loss }

/** Convolution, batch norm and Gemm, each of whose parameters comes by some way. */
function network(wrap: Wrap = (_, p) => p, statistic: Wrap = (_, p) => p): Graph {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', 17]])
  g.input('input', 'float32', ['N', 16, 5, 5])
  const read = (name: keyof typeof DIMS) => wrap(g, g.initializer(name, gaussian(DIMS[name], name)), DIMS[name])
  const state = (name: string) =>
    statistic(g, g.initializer(name, float32(gaussian([16], name).data.map(Math.abs), [16])), [16])
  const y = g.op('Conv', ['input', read('filter'), read('filter.bias')], { pads: [1, 1, 1, 1] })
  const norm = g.op(
    'BatchNormalization',
    [y, read('scale'), read('bias'), state('mean'), state('variance')],
    {},
    { name: 'norm' },
  )
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [norm, norm])])])
  g.op('Gemm', [pooled, read('fc'), read('fc.bias')], { transB: 1 }, { outputs: ['logits'] })
  g.output('logits', 'float32', ['N', 3])
  return g.graph
}

const feeds = { input: gaussian([4, 16, 5, 5], 'input'), labels: int64([0, 1, 2, 1]) }

async function trained(forward: Graph) {
  const results = await runOfficial(...withGradients(buildTrainingGraph(forward, options), forward, feeds))
  return Object.fromEntries(Object.entries(results).filter(([name]) => !name.includes('accumulation')))
}

describe('a parameter that reaches its reader through', () => {
  it.each(Object.entries(wraps))('%s is trained as if it came straight', async (_, wrap) => {
    const expected = await trained(network())
    expect(Object.keys(expected)).toContain('mean.out')
    // Before a batch norm, a bias has a gradient of rounding errors alone.
    const { 'filter.bias_grad': none, ...others } = expected
    expect(Math.max(...(none!.data as Float32Array))).toBeLessThan(1e-4)
    expectAllClose(await trained(network(wrap)), others, 1e-5)
  })
})

describe('Identity', () => {
  const named = (graph: Graph) => [graph.inputs, graph.outputs].map((values) => values.map(({ name }) => name))

  it('hides no running statistics: they are updated where they live', async () => {
    const forward = network(wraps.Identity, wraps.Identity)
    expect(named(buildTrainingGraph(forward, options))).toEqual(named(buildTrainingGraph(network(), options)))
    expect(named(buildEvalGraph(forward, options))).toEqual(named(buildEvalGraph(network(), options)))
    const { 'filter.bias_grad': _, ...expected } = await trained(network())
    expectAllClose(await trained(forward), expected, 1e-5)
  })

  it('keeps no filter from the blocked layout', () => {
    const filters = blockedFilters(buildTrainingGraph(network(wraps.Identity), options), 16)
    expect([...filters.keys()]).toEqual(['filter'])
  })

  it('stays where its value is put out', async () => {
    const forward = network(wraps.Identity)
    const alias = forward.nodes.find(({ inputs }) => inputs[0] === 'scale')!.outputs[0]!
    const graph = buildTrainingGraph(forward, { ...options, outputs: [alias] })
    const results = await runOfficial(...withGradients(graph, forward, feeds))
    expect(results[alias]).toEqual(forward.initializers.get('scale'))
  })
})

describe('running statistics', () => {
  it('of two batch norms through Identity are shared, and refused', () => {
    const forward = network(undefined, wraps.Identity)
    const g = new GraphBuilder(forward)
    const [mean, variance] = ['mean', 'variance'].map((name) => g.op('Identity', [name]))
    const norm = g.op('BatchNormalization', ['input', 'scale', 'bias', mean, variance], {}, { name: 'other' })
    const error = { code: 'autodiff/shared-state', facts: { state: 'mean', nodes: ['norm', 'other'] } }
    expect(g.op('Relu', [norm])).toBeDefined()
    expect(() => buildTrainingGraph(forward, options)).toThrow(expect.objectContaining(error))
  })

  it('that are computed cannot be updated, and are refused', () => {
    const computed: Wrap = (g, p) => (p === 'variance' ? g.op('Abs', [p], {}, { outputs: ['computed'] }) : p)
    const error = { code: 'autodiff/computed-state', facts: { state: 'computed', node: 'norm' } }
    const build = (requiresGrad: readonly string[]) => () =>
      buildTrainingGraph(network(undefined, computed), { ...options, requiresGrad })
    expect(build(parameters)).toThrow(expect.objectContaining(error))
    expect(build(['filter', 'fc'])).not.toThrow()
  })
})
