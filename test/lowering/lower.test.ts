import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { batch, learnable, residualNetwork } from '../autodiff/network.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose, expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runOn, runStock } from '../support/stockRuntime.js'
import { targetOn, where } from '../support/where.js'
import { FLAG, gradientsShown, graphOf, lowered } from './support.js'

const bool = (value: boolean): Tensor => ({ type: 'bool', dims: [1], data: Uint8Array.of(value ? 1 : 0) })

/** The official training graph of a small residual network, and a feed for everything that it takes. */
function training(n: number, requiresGrad?: string[]): { graph: Graph; feeds: Record<string, Tensor> } {
  const forward = residualNetwork()
  const graph = buildTrainingGraph(forward, {
    requiresGrad: requiresGrad ?? learnable(forward),
    ...(requiresGrad && { frozenParams: learnable(forward).filter((name) => !requiresGrad.includes(name)) }),
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })
  return { graph, feeds: { ...Object.fromEntries(forward.initializers), ...batch(n), ...buffers(graph) } }
}

function buffers(graph: Graph): Record<string, Tensor> {
  const inputs = graph.inputs.filter(({ name }) => name.endsWith('.accumulation.buffer'))
  const tensors = inputs.map(({ name, shape }) => [name, gaussian(shape as number[], name)] as const)
  return { ...Object.fromEntries(tensors), lazy_reset_grad: bool(true) }
}

const floats = (results: Record<string, Tensor>, skip: RegExp) =>
  Object.fromEntries(Object.entries(results).filter(([name]) => !skip.test(name)))

describe('a training graph', () => {
  for (const runtime of where.runtimes)
    test(`has the loss and gradients of the official kernels on ${runtime}, at any batch size`, async () => {
      const graph = lowered({ target: targetOn(runtime) })(training(1).graph)
      for (const n of [1, 2, 5]) {
        const { graph: official, feeds } = training(n)
        const expected = await runOfficial(gradientsShown(official), feeds)
        expectAllClose(await runOn(runtime, graph, feeds), floats(expected, /running_var/), 2e-5)
      }
    })

  test('keeps the official graph as it was', () => {
    const { graph } = training(2)
    const before = structuredClone(graph.nodes.map(({ source: _, ...node }) => node))
    lower(graph, { target: where.target, accumulate: true })
    expect(graph.nodes.map(({ source: _, ...node }) => node)).toEqual(before)
  })

  test('takes no buffers and puts out gradients where nothing is accumulated', () => {
    const { graph } = training(2)
    const result = lower(graph, { target: where.target })
    expect(result.inputs.map(({ name }) => name)).toEqual(
      graph.inputs.map(({ name }) => name).filter((name) => !/accumulation|lazy_reset_grad/.test(name)),
    )
    expect(result.outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name.replace(FLAG, '')))
    expect(result.outputs.find(({ name }) => name === 'fc.weight_grad')).toMatchObject({
      type: 'float32',
      shape: [3, 6],
    })
    expect(result.opsets.get('')).toBe(18)
  })

  test('accumulates: buffer + gradient, or the gradient alone after a reset', async () => {
    const { graph, feeds } = training(3)
    const plain = await runStock(lower(graph, { target: where.target }), feeds)
    const accumulating = lower(graph, { target: where.target, accumulate: true })
    const reset = await runStock(accumulating, feeds)
    expectAllClose(reset, plain, 0)

    const sums = await runStock(accumulating, { ...feeds, lazy_reset_grad: bool(false) })
    for (const [name, gradient] of Object.entries(plain)) {
      const buffer = feeds[`${name}.accumulation.buffer`]?.data as Float32Array | undefined
      if (!buffer) continue
      const sum = (gradient.data as Float32Array).map((value, i) => value + buffer[i]!)
      expectClose(sums[name], float32(sum, gradient.dims), 1e-6, name)
    }

    const broken = { ...feeds, 'fc.bias_grad.accumulation.buffer': float32([Number.NaN, 0, 0], [3]) }
    expectAllClose(await runStock(accumulating, broken), plain, 0)
  })

  test('frozen parameters become constants and give the same results', async () => {
    const requiresGrad = ['layer1.conv2.weight', 'layer1.bn2.weight', 'layer1.bn2.bias', 'fc.weight', 'fc.bias']
    const { graph, feeds } = training(3, requiresGrad)
    const constants = new Map([...residualNetwork().initializers].filter(([name]) => name.startsWith('conv1')))
    const folded = lower(graph, { target: where.target, constants })
    expect([
      folded.inputs.some(({ name }) => name === 'conv1.weight'),
      folded.initializers.has('conv1.weight'),
    ]).toEqual([false, true])
    const expected = await runOfficial(gradientsShown(graph), feeds)
    const { 'conv1.weight': _, ...rest } = feeds
    expectAllClose(await runStock(folded, rest), floats(expected, /running_var/), 2e-5)

    const unfolded = lower(graph, { target: where.target, constants, disable: ['foldFrozen'] })
    expect(unfolded.inputs.some(({ name }) => name === 'conv1.weight')).toBe(true)
  })

  test('a pass that is not there, or that is needed, cannot be disabled', () => {
    for (const disable of [['fuze'], ['accumulate']])
      expect(() => lower(training(1).graph, { target: where.target, disable })).toThrow(
        expect.objectContaining({ code: 'options/invalid' }),
      )
    expect(() => lower(training(1).graph, { target: 'npu' as 'cpu' })).toThrow(/lower: target must be/)
  })
})

test('InPlaceAccumulatorV2 equals the official kernel', async () => {
  const graph = graphOf((g) => {
    g.input('p_grad.accumulation.buffer', 'float32', [2, 3])
    g.input('x', 'float32', [2, 3])
    g.input('lazy_reset_grad', 'bool', [1])
    g.op('Neg', ['x'], {}, { outputs: ['p_grad'] })
    const inputs = ['p_grad.accumulation.buffer', 'p_grad', 'lazy_reset_grad']
    const outputs = [`p_grad${FLAG}`, 'sum']
    g.ops('InPlaceAccumulatorV2', inputs, {}, { domain: 'com.microsoft', outputs })
    g.output(`p_grad${FLAG}`, 'bool', [1])
    g.output('sum', 'float32', [2, 3])
  })
  for (const reset of [true, false]) {
    const feeds = {
      'p_grad.accumulation.buffer': gaussian([2, 3], 'b'),
      x: gaussian([2, 3], 'x'),
      lazy_reset_grad: bool(reset),
    }
    const { sum } = await runOfficial(graph, { ...feeds, 'p_grad.accumulation.buffer': gaussian([2, 3], 'b') })
    const actual = await runStock(lower(graph, { target: where.target, accumulate: true }), feeds)
    expectClose(actual.p_grad, sum)
    expectClose(actual.sum, sum)
  }
})

test('one gradient that two parameters share is added to the buffer of each', async () => {
  const shape = [2]
  const graph = graphOf((g) => {
    for (const name of ['p', 'q']) g.input(`${name}_grad.accumulation.buffer`, 'float32', shape)
    g.input('x', 'float32', shape)
    g.op('Neg', ['x'], {}, { outputs: ['p_grad'] })
    for (const name of ['p', 'q']) {
      const inputs = [`${name}_grad.accumulation.buffer`, 'p_grad']
      g.ops('InPlaceAccumulatorV2', inputs, {}, { domain: 'com.microsoft', outputs: [`${name}_grad${FLAG}`] })
      g.output(`${name}_grad${FLAG}`, 'bool', [1])
    }
  })
  const feeds = {
    'p_grad.accumulation.buffer': float32([10, 20], shape),
    'q_grad.accumulation.buffer': float32([100, 200], shape),
    x: float32([1, 2], shape),
  }
  const { p_grad, q_grad } = await runStock(lower(graph, { target: where.target, accumulate: true }), feeds)
  expect([...(p_grad!.data as Float32Array)]).toEqual([9, 18])
  expect([...(q_grad!.data as Float32Array)]).toEqual([99, 198])
})

test('old operator sets are lifted', async () => {
  const graph = graphOf((g) => {
    g.input('x', 'float32', ['N', 4, 6])
    const wide = g.op('Unsqueeze', ['x'], { axes: [1] })
    const [left, right] = g.ops('Split', [wide], { axis: 3, split: [2, 4] }, { outputs: 2 })
    const mean = g.op('ReduceMean', [right], { axes: [3], keepdims: 1 })
    const [first, second] = g.ops('Split', [g.op('Add', [left, mean])], { axis: 3 }, { outputs: 2 })
    const sum = g.op('ReduceSum', [g.op('Concat', [first, second], { axis: 3 })], { axes: [1, 3], keepdims: 0 })
    g.op('Squeeze', [g.op('Softmax', [g.op('Unsqueeze', [sum], { axes: [2] })])], { axes: [2] }, { outputs: ['y'] })
    g.output('y', 'float32', ['N', 4])
  })
  graph.opsets.set('', 12)
  const feeds = { x: gaussian([3, 4, 6], 'x') }
  const [before, after] = [await runStock(graph, feeds), await runStock(lower(graph, { target: where.target }), feeds)]
  expectAllClose(after, before, 1e-6)
})
