import { describe, expect, test } from 'vitest'
import { lower } from '../../src/lowering/lower.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runOn } from '../support/stockRuntime.js'
import { graphOf, lowered, name } from './support.js'

interface Case {
  x: number[]
  outputs: number
  kernel?: number
  pads?: number[]
  bias?: boolean
  strides?: number[]
  dilations?: number[]
  group?: number
}

/** Convolutions whose products are worth the transforms. */
const chosen: Case[] = [
  { x: [2, 64, 8, 8], outputs: 64, pads: [1, 1, 1, 1] },
  { x: [3, 64, 7, 9], outputs: 96, pads: [1, 1, 1, 1], bias: true },
  { x: [2, 96, 14, 12], outputs: 64, bias: true },
  { x: [1, 64, 10, 7], outputs: 128, pads: [0, 1, 2, 0] },
  { x: [2, 64, 11, 13], outputs: 64, pads: [2, 2, 2, 2] },
  { x: [8, 256, 4, 4], outputs: 256, pads: [1, 1, 1, 1] },
]

/** Convolutions that the algorithm does not support, or that it would slow down. */
const others: Case[] = [
  { x: [2, 16, 16, 16], outputs: 16, pads: [1, 1, 1, 1] },
  { x: [2, 64, 16, 16], outputs: 64, pads: [1, 1, 1, 1], strides: [2, 2] },
  { x: [2, 64, 16, 16], outputs: 64, pads: [2, 2, 2, 2], dilations: [2, 2] },
  { x: [2, 64, 16, 16], outputs: 64, kernel: 1 },
  { x: [2, 128, 16, 16], outputs: 128, pads: [1, 1, 1, 1], group: 2 },
  { x: [2, 64, 2, 2], outputs: 64, pads: [1, 1, 1, 1] },
]

/** A convolution, its result times a function of it as its gradient, and the gradient of all its inputs. */
function trained({ x, outputs, kernel = 3, bias, ...attributes }: Case) {
  const dims = [outputs, x[1]! / (attributes.group ?? 1), kernel, kernel]
  const graph = graphOf((g) => {
    g.input('x', 'float32', ['N', ...x.slice(1)])
    g.input('w', 'float32', dims)
    if (bias) g.input('b', 'float32', [outputs])
    g.op('Conv', ['x', 'w', bias ? 'b' : undefined], attributes, { outputs: ['y'] })
    const dY = g.op('Sin', ['y'])
    g.ops('ConvGrad', [dY, 'x', 'w'], attributes, { domain: MS, outputs: ['dX', 'dW', 'dB'] })
    g.output('y', 'float32', ['N', outputs, null, null] as unknown as number[])
    g.output('dX', 'float32', ['N', ...x.slice(1)])
    g.output('dW', 'float32', dims)
    g.output('dB', 'float32', [outputs])
  })
  const feeds: Record<string, Tensor> = { x: gaussian(x, 'x'), w: small(gaussian(dims, 'w')) }
  return { graph, feeds: bias ? { ...feeds, b: gaussian([outputs], 'b') } : feeds }
}

/** Weights as a layer has them, so that results are about 1. */
function small(w: Tensor<'float32'>): Tensor {
  const scale = 1 / Math.sqrt(w.data.length / w.dims[0]!)
  return { ...w, data: w.data.map((value) => value * scale) }
}

const count = (graph: Graph, opType: string) => graph.nodes.filter((node) => node.opType === opType).length

describe('on WebAssembly a convolution and its gradient', () => {
  for (const geometry of chosen)
    test(`are computed by Winograd's algorithm: ${name({ ...geometry })}`, async () => {
      const { graph, feeds } = trained(geometry)
      const result = lowered({ target: 'wasm' })(graph)
      // The filter, the input and the gradient at the points: once each, for the three products.
      expect([count(result, 'MatMul'), count(result, 'FusedMatMul'), count(result, 'Gemm')]).toEqual([1, 2, 2])
      expect([count(result, 'Conv'), count(result, 'ConvTranspose')]).toEqual([2, 2])
      expectAllClose(await runOn('onnxruntime-web', result, feeds), await runOfficial(graph, feeds), 1e-5)
    })

  for (const geometry of others)
    test(`are computed by the definition: ${name({ ...geometry })}`, async () => {
      const { graph, feeds } = trained(geometry)
      const result = lowered({ target: 'wasm' })(graph)
      expect(count(result, 'FusedMatMul')).toBe(0)
      expectAllClose(await runOn('onnxruntime-web', result, feeds), await runOfficial(graph, feeds), 1e-5)
    })

  test('are computed by the definition where the size of the maps is not known', async () => {
    const { graph, feeds } = trained(chosen[0]!)
    graph.inputs = graph.inputs.map((input) => (input.name === 'x' ? { ...input, shape: ['N', 64, 'H', 'W'] } : input))
    const result = lower(graph, { target: 'wasm' })
    expect(count(result, 'FusedMatMul')).toBe(0)
    expectAllClose(await runOn('onnxruntime-web', result, feeds), await runOfficial(graph, feeds), 1e-5)
  })

  test('serve every batch size', async () => {
    const result = lowered({ target: 'wasm' })(trained(chosen[1]!).graph)
    for (const samples of [1, 2, 5]) {
      const { graph, feeds } = trained({ ...chosen[1]!, x: [samples, 64, 7, 9] })
      expectAllClose(await runOn('onnxruntime-web', result, feeds), await runOfficial(graph, feeds), 1e-5)
    }
  })

  test('may have frozen weights', async () => {
    const { graph, feeds } = trained(chosen[0]!)
    const constants = new Map([['w', feeds.w!]])
    const result = lowered({ target: 'wasm', constants })(graph)
    expect(result.inputs.map(({ name }) => name)).toEqual(['x'])
    expect(count(result, 'FusedMatMul')).toBe(2)
    expectAllClose(await runOn('onnxruntime-web', result, { x: feeds.x! }), await runOfficial(graph, feeds), 1e-5)
  })
})
