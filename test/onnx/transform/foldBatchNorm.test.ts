import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { foldBatchNorm } from '../../../src/onnx/transform/foldBatchNorm.js'
import { uniform } from '../../deploy/support.js'
import { expectAllClose } from '../../support/compare.js'
import { runStock } from '../../support/stockRuntime.js'
import { branch, operators, yes } from './support.js'

interface Case {
  readonly weight: readonly number[]
  readonly input: readonly number[]
  readonly bias?: boolean
  readonly group?: number
}

function norm(g: GraphBuilder, x: string, channels: number, key: string, outputs = [`${key}_out`]): string {
  const tensors = (['scale', 'shift', 'mean', 'var'] as const).map((role) => {
    const [low, high] = role === 'var' ? ([0.3, 3] as const) : ([-1, 1] as const)
    return g.initializer(`${key}.${role}`, uniform([channels], low, high, key + role))
  })
  return g.op('BatchNormalization', [x, ...tensors], { epsilon: 1e-3 }, { outputs })
}

function network({ weight, input, bias = false, group = 1 }: Case): GraphBuilder {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', input)
  const w = g.initializer('conv.weight', uniform(weight, -1, 1, 'weight'))
  const b = bias ? g.initializer('conv.bias', uniform([weight[0]!], -1, 1, 'bias')) : undefined
  const y = g.op('Conv', [x, w, b], { group, pads: input.slice(2).flatMap(() => [1, 1]) })
  g.output(norm(g, y, weight[0]!, 'bn'), 'float32', input)
  return g
}

async function expectSame(graph: Graph, input: readonly number[]): Promise<Graph> {
  const folded = foldBatchNorm(graph)
  const feeds = { x: uniform(input, -2, 2, 'x') }
  const plain = { session: { graphOptimizationLevel: 'disabled' } } as const
  expectAllClose(await runStock(folded, feeds, plain), await runStock(graph, feeds, plain), 2e-6)
  return folded
}

describe('batch norm after a convolution is folded', () => {
  test.each<[string, Case]>([
    ['without bias', { weight: [4, 3, 3, 3], input: [2, 3, 6, 6] }],
    ['with bias', { weight: [4, 3, 3, 3], input: [2, 3, 6, 6], bias: true }],
    ['in groups', { weight: [6, 2, 3, 3], input: [2, 4, 6, 6], group: 2, bias: true }],
    ['depthwise', { weight: [4, 1, 3, 3], input: [2, 4, 6, 6], group: 4 }],
    ['along one axis', { weight: [4, 3, 3], input: [2, 3, 9] }],
    ['along three axes', { weight: [4, 3, 3, 3, 3], input: [2, 3, 4, 5, 6] }],
  ])('%s', async (_, options) => {
    const folded = await expectSame(network(options).graph, options.input)
    expect(operators(folded)).toEqual(['Conv'])
    expect(folded.nodes[0]!.outputs).toEqual(['bn_out'])
  })

  test('a weight that two convolutions share is folded twice; the graph that was given stays', async () => {
    const g = network({ weight: [3, 3, 3, 3], input: [1, 3, 5, 5] })
    const again = g.op('Conv', ['x', 'conv.weight'], { pads: [1, 1, 1, 1] })
    g.output(norm(g, again, 3, 'other'), 'float32', [1, 3, 5, 5])
    const folded = await expectSame(g.graph, [1, 3, 5, 5])
    expect(operators(folded)).toEqual(['Conv', 'Conv'])
    expect(operators(g.graph)).toHaveLength(4)
    expect(new Set(folded.nodes.map(({ inputs }) => inputs[1])).size).toBe(2)
  })
})

describe('batch norm stays', () => {
  const input = [1, 3, 5, 5]
  const options = { weight: [3, 3, 3, 3], input }

  test('where something else reads the convolution', async () => {
    const g = network(options)
    g.output(g.op('Relu', [g.graph.nodes[0]!.outputs[0]!]), 'float32', input)
    expect(operators(await expectSame(g.graph, input))).toContain('BatchNormalization')
  })

  test('where a subgraph reads the convolution', async () => {
    const g = network(options)
    const read = (name: string) => branch(name, (inner) => inner.op('Neg', [g.graph.nodes[0]!.outputs[0]!]))
    const condition = g.initializer('condition', yes)
    g.output(g.op('If', [condition], { then_branch: read('then'), else_branch: read('else') }), 'float32', input)
    for (const { attributes } of g.graph.nodes)
      for (const { type, value } of Object.values(attributes))
        if (type === 'graph') value.outputs = value.outputs.map((output) => ({ ...output, shape: input }))
    expect(operators(await expectSame(g.graph, input))).toContain('BatchNormalization')
  })

  test('where the convolution is an output', async () => {
    const g = network(options)
    g.output(g.graph.nodes[0]!.outputs[0]!, 'float32', input)
    expect(operators(await expectSame(g.graph, input))).toContain('BatchNormalization')
  })

  test('where a tensor is computed, can be fed, or training updates it', () => {
    const computed = network(options)
    const [conv, bn] = computed.graph.nodes
    computed.graph.nodes = [conv!]
    bn!.inputs[3] = computed.op('Neg', ['bn.mean'])
    computed.graph.nodes.push(bn!)
    expect(operators(foldBatchNorm(computed.graph))).toContain('BatchNormalization')

    const fed = network(options)
    fed.input('bn.mean', 'float32', [3])
    expect(operators(foldBatchNorm(fed.graph))).toContain('BatchNormalization')

    const training = network(options)
    training.graph.nodes[1]!.attributes.training_mode = { type: 'int', value: 1 }
    expect(operators(foldBatchNorm(training.graph))).toContain('BatchNormalization')
  })
})
