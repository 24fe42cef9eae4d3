import { describe, expect, it } from 'vitest'
import { buildEvalGraph } from '../../src/autodiff/buildEvalGraph.js'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { Loss } from '../../src/autodiff/loss.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64 } from '../../src/onnx/graph/tensor.js'
import { checkGradients, withGradients } from '../support/checkGradients.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { batch, learnable, residualNetwork } from './network.js'

const loss: Loss = { type: 'crossEntropy', reduction: 'mean' }
const count = (graph: Graph, opType: string) => graph.nodes.filter((node) => node.opType === opType).length

describe('a residual network', () => {
  it.each(['mean', 'sum'] as const)('has the gradients of finite differences, loss reduction %s', async (reduction) => {
    const forward = residualNetwork()
    await checkGradients(forward, {
      requiresGrad: learnable(forward),
      feeds: batch(4),
      directions: 3,
      loss: { ...loss, reduction },
    })
  })

  it('is trained behind frozen layers', async () => {
    const forward = residualNetwork()
    const requiresGrad = ['layer1.conv2.weight', 'layer1.bn2.weight', 'layer1.bn2.bias', 'fc.weight', 'fc.bias']
    const graph = await checkGradients(forward, { requiresGrad, feeds: batch(4), directions: 3 })
    expect([count(graph, 'ConvGrad'), count(graph, 'BatchNormInternal'), count(graph, 'BatchNormalization')]).toEqual([
      1, 1, 3,
    ])
    expect([count(graph, 'ReluGrad'), count(graph, 'MaxPoolGrad')]).toEqual([1, 0])
    expect(graph.nodes.find((node) => node.opType === 'MaxPool')?.outputs).toHaveLength(1)
    const conv = graph.nodes.find((node) => node.opType === 'ConvGrad')!
    expect(conv.outputs).toEqual(['', 'layer1.conv2.weight_grad'])
  })

  it('trains convolutions before frozen batch norms, which stay in inference mode', async () => {
    const forward = residualNetwork()
    const requiresGrad = learnable(forward).filter((name) => !/bn|downsample.1/.test(name))
    const graph = await checkGradients(forward, { requiresGrad, feeds: batch(3), directions: 3 })
    expect([count(graph, 'BatchNormInternal'), count(graph, 'BatchNormalizationGrad')]).toEqual([0, 0])
    expect(graph.outputs.map(({ name }) => name).filter((name) => name.includes('running'))).toEqual([])
  })

  it('trains the head alone with two operators and a reduction', async () => {
    const graph = await checkGradients(residualNetwork(), { requiresGrad: ['fc.weight', 'fc.bias'], feeds: batch(5) })
    const gradients = graph.nodes.filter(({ name }) => name.includes('_Grad/')).map(({ opType }) => opType)
    expect(gradients).toEqual(['SoftmaxCrossEntropyLossGrad', 'Gemm', 'ReduceSum'])
  })

  it('puts out running statistics', async () => {
    const forward = residualNetwork()
    const graph = buildTrainingGraph(forward, { requiresGrad: learnable(forward), loss })
    const results = await runOfficial(...withGradients(graph, forward, batch(4)))
    const [old, now] = [forward.initializers.get('bn1.running_mean')!, results['bn1.running_mean.out']!]
    const x = await runOfficial(stem(forward), batch(4))
    const mean = channelMeans(Object.values(x)[0]!.data as Float32Array, 4, 4)
    const expected = mean.map((value, c) => 0.9 * Number(old.data[c]) + 0.1 * value)
    expectClose(now, float32(expected, [4]), 1e-5)
  })
})

describe('the contract of training artifacts', () => {
  const forward = residualNetwork()
  const requiresGrad = ['fc.bias', 'fc.weight', 'bn1.weight']
  const frozenParams = ['conv1.weight', 'bn1.bias']
  const options = { requiresGrad, frozenParams, loss, outputs: ['logits', 'features'] }
  const names = (values: readonly { name: string }[]) => values.map(({ name }) => name)

  it('orders inputs and outputs of the training graph', () => {
    const graph = buildTrainingGraph(forward, options)
    expect(names(graph.inputs)).toEqual([
      ...['input', 'labels', 'bn1.weight', 'fc.weight', 'fc.bias', 'conv1.weight', 'bn1.bias'],
      ...['bn1.running_mean', 'bn1.running_var'],
      ...['bn1.weight_grad', 'fc.weight_grad', 'fc.bias_grad'].map((name) => `${name}.accumulation.buffer`),
      'lazy_reset_grad',
    ])
    expect(names(graph.outputs)).toEqual([
      ...['onnx::loss::0', 'logits', 'features'],
      ...['bn1.weight_grad', 'fc.weight_grad', 'fc.bias_grad'].map((name) => `${name}.accumulation.out`),
      ...['bn1.running_mean.out', 'bn1.running_var.out'],
    ])
    expect(graph.inputs.find(({ name }) => name === 'labels')).toMatchObject({ type: 'int64', shape: ['N'] })
    expect(graph.inputs.at(-1)).toEqual({ name: 'lazy_reset_grad', type: 'bool', shape: [1] })
    expect(graph.outputs.find(({ name }) => name === 'fc.bias_grad.accumulation.out')).toMatchObject({
      type: 'bool',
      shape: [1],
    })
  })

  it('leaves the forward graph as it was', () => {
    const untouched = residualNetwork()
    buildTrainingGraph(untouched, options)
    expect(untouched).toEqual(residualNetwork())
  })

  it('gives the evaluation graph the same loss and inputs, in inference mode', async () => {
    const graph = buildEvalGraph(forward, options)
    expect(names(graph.inputs)).toEqual(names(buildTrainingGraph(forward, options).inputs).slice(0, 9))
    expect(names(graph.outputs)).toEqual(['onnx::loss::0', 'logits', 'features'])
    expect(count(graph, 'BatchNormalization')).toBe(4)
    const feeds = { ...Object.fromEntries(forward.initializers), ...batch(4) }
    const [evaluated, plain] = [await runOfficial(graph, feeds), await runOfficial(forward, batch(4))]
    expectClose(evaluated.logits, plain.logits, 1e-6)
  })

  it('runs any batch size', async () => {
    const graph = buildTrainingGraph(forward, options)
    for (const n of [1, 5]) {
      const { logits } = await runOfficial(...withGradients(graph, forward, batch(n)))
      expect(logits?.dims).toEqual([n, 3])
    }
  })
})

describe('images of any size', () => {
  it('are trained on where heights and widths are symbols', async () => {
    const g = new GraphBuilder()
    g.graph.opsets = new Map([['', 17]])
    g.input('input', 'float32', ['N', 1, 'H', 'W'])
    const convolved = g.op('Conv', ['input', g.initializer('conv', gaussian([2, 1, 2, 2], 'conv'))])
    const rows = g.op('Concat', [convolved, g.op('Tanh', [convolved])], { axis: 2 })
    const flat = g.op('Reshape', [rows, g.ints(0, 2, -1)])
    const pooled = g.op('GlobalAveragePool', [flat])
    g.op('Gemm', [g.op('Flatten', [pooled]), g.initializer('fc', gaussian([2, 3], 'fc'))], {}, { outputs: ['logits'] })
    g.output('logits', 'float32', ['N', 3])
    const feeds = { input: gaussian([4, 1, 5, 6], 'input'), labels: int64([0, 1, 2, 1]) }
    await checkGradients(g.graph, { requiresGrad: ['conv', 'fc'], feeds })
  })
})

describe('gradients that meet', () => {
  it('are summed, and a parameter that is used twice gets both', async () => {
    const g = new GraphBuilder()
    g.input('input', 'float32', ['N', 4])
    const p = g.initializer('p', gaussian([4, 4], 'p'))
    const once = g.op('Tanh', [g.op('MatMul', ['input', p])])
    const twice = g.op('MatMul', [once, p])
    const square = g.op('Mul', [once, once])
    g.op('Add', [g.op('Add', [twice, square]), g.op('Identity', [once])], {}, { outputs: ['logits'] })
    g.output('logits', 'float32', ['N', 4])
    const feeds = { input: gaussian([3, 4], 'input'), labels: int64([0, 3, 1]) }
    const graph = await checkGradients(g.graph, { requiresGrad: ['p'], feeds })
    const sums = graph.nodes.filter((node) => node.opType === 'Sum')
    expect(sums.map(({ inputs, outputs }) => [inputs.length, outputs[0]])).toEqual([
      [4, `${once}_grad`],
      [2, 'p_grad'],
    ])
  })

  it('have names of their own where one value is the gradient of several parameters', async () => {
    const g = new GraphBuilder()
    const [a, b] = [g.initializer('a', gaussian([2, 3], 'a')), g.initializer('b', gaussian([2, 3], 'b'))]
    g.op('Add', [a, b], {}, { outputs: ['logits'] })
    g.output('logits', 'float32', [2, 3])
    await checkGradients(g.graph, { requiresGrad: ['a', 'b'], feeds: { labels: int64([2, 0]) } })
  })
})

describe('dropout', () => {
  const g = new GraphBuilder()
  const p = g.initializer('p', float32(new Float32Array(64).fill(1), [1, 64]))
  const ratio = g.scalar(0.5)
  g.op('Dropout', [p, ratio], {}, { name: '/drop', outputs: ['logits'] })
  g.output('logits', 'float32', [1, 64])
  const options = { requiresGrad: ['p'], loss, outputs: ['logits'] }

  it('is on in training: what was dropped has no gradient', async () => {
    const graph = buildTrainingGraph(g.graph, options)
    const { logits, p_grad } = await runOfficial(...withGradients(graph, g.graph, { labels: int64([0]) }))
    const kept = [...(logits!.data as Float32Array)].map((value) => value !== 0)
    expect(new Set(kept).size).toBe(2)
    expect([...(p_grad!.data as Float32Array)].map((value) => value !== 0)).toEqual(kept)
  })

  it('is off in evaluation', async () => {
    const feeds = { labels: int64([0]), p: g.graph.initializers.get('p')! }
    const { logits } = await runOfficial(buildEvalGraph(g.graph, options), feeds)
    expect(new Set(logits!.data as Float32Array)).toEqual(new Set([1]))
  })
})

describe('errors', () => {
  const build = (change: (g: GraphBuilder, forward: Graph) => unknown, options = {}) => {
    const forward = residualNetwork()
    change(new GraphBuilder(forward), forward)
    return () => buildTrainingGraph(forward, { requiresGrad: ['conv1.weight', 'fc.weight'], loss, ...options })
  }
  const nothing = () => undefined

  it('name the operator and the node that have no gradient', () => {
    const change = (g: GraphBuilder) => {
      g.op('Det', ['logits'], {}, { name: '/head/Det', outputs: ['odd'] })
      g.graph.outputs = [{ name: 'odd', type: 'float32', shape: ['N', 3] }]
      g.graph.values.set('odd', { name: 'odd', type: 'float32', shape: ['N', 3] })
    }
    expect(build(change)).toThrow(
      expect.objectContaining({ code: 'autodiff/no-gradient', facts: { op: 'Det', node: '/head/Det' } }),
    )
  })

  it('name a node whose subgraph reads a parameter: without it the gradient would be a part of the whole', () => {
    const change = (g: GraphBuilder, forward: Graph) => {
      const branch = () => {
        const inner = new GraphBuilder(new Graph(), 'branch/')
        inner.output(inner.op('Neg', ['fc.bias']), 'float32', [3])
        return inner.graph
      }
      const condition = g.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) })
      const branches = { then_branch: branch(), else_branch: branch() }
      g.op('If', [condition], branches, { name: '/choice', outputs: ['chosen'] })
      forward.values.set('chosen', { name: 'chosen', type: 'float32', shape: [3] })
      g.op('Add', ['logits', 'chosen'], {}, { outputs: ['sum'] })
      forward.outputs = [{ name: 'sum', type: 'float32', shape: ['N', 3] }]
    }
    expect(build(change, { requiresGrad: ['fc.bias'] })).toThrow(
      expect.objectContaining({ code: 'autodiff/no-gradient', facts: { op: 'If', node: '/choice' } }),
    )
  })

  it('name a parameter that the model does not have', () => {
    const facts = { parameter: 'fc.wieght', known: expect.arrayContaining(['fc.weight']) }
    const error = expect.objectContaining({ code: 'autodiff/unknown-parameter', facts })
    expect(build(nothing, { requiresGrad: ['fc.wieght'] })).toThrow(error)
    expect(build(nothing, { frozenParams: ['fc.wieght'] })).toThrow(error)
  })

  it('name the operator set that is too old', () => {
    const change = (_: GraphBuilder, forward: Graph) => forward.opsets.set('', 11)
    const facts = { opset: 11, needed: 12 }
    expect(build(change)).toThrow(expect.objectContaining({ code: 'autodiff/opset', facts }))
  })

  it('name a parameter that the loss does not depend on', () => {
    const error = { code: 'autodiff/unreachable', facts: { parameter: 'spare', loss: 'onnx::loss::0' } }
    const change = (g: GraphBuilder) => g.initializer('spare', float32([1], [1]))
    expect(build(change, { requiresGrad: ['spare', 'fc.weight'] })).toThrow(expect.objectContaining(error))
  })

  it('name statistics that two nodes would update', () => {
    const change = (_: GraphBuilder, forward: Graph) => {
      const other = forward.nodes.find(({ name }) => name === '/layer1.bn2/BatchNormalization')!
      other.inputs.splice(3, 2, 'layer1.bn1.running_mean', 'layer1.bn1.running_var')
    }
    const requiresGrad = ['layer1.bn1.weight', 'layer1.bn2.weight']
    const nodes = ['/layer1.bn1/BatchNormalization', '/layer1.bn2/BatchNormalization']
    expect(build(change, { requiresGrad })).toThrow(
      expect.objectContaining({ code: 'autodiff/shared-state', facts: { state: 'layer1.bn1.running_mean', nodes } }),
    )
  })

  it.each([
    [{ loss: { type: 'mse' } }, 'loss: type'],
    [{ loss: { ...loss, logits: 'nowhere' } }, 'loss.logits'],
    [{ loss: { ...loss, labels: 'input' } }, 'loss.labels'],
    [{ outputs: ['nowhere'] }, 'outputs'],
    [{ requiresGrad: [] }, 'requiresGrad'],
  ])('name the option that is wrong: %o', (options, option) => {
    const error = { code: 'options/invalid', facts: expect.objectContaining({ option }) }
    expect(build(nothing, options)).toThrow(expect.objectContaining(error))
  })
})

/** The graph up to the first convolution. */
function stem(forward: Graph): Graph {
  const graph = forward.clone()
  graph.nodes = graph.nodes.slice(0, 1)
  const used = graph.nodes[0]!.inputs
  graph.initializers = new Map([...graph.initializers].filter(([name]) => used.includes(name)))
  graph.outputs = [{ name: graph.nodes[0]!.outputs[0]!, type: 'float32', shape: ['N', 4, 8, 8] }]
  return graph
}

function channelMeans(x: Float32Array, n: number, channels: number): number[] {
  const inner = x.length / n / channels
  return Array.from({ length: channels }, (_, c) => {
    const values = x.filter((_, i) => Math.floor(i / inner) % channels === c)
    return values.reduce((total, value) => total + value, 0) / values.length
  })
}
