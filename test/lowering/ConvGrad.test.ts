import { describe, expect, test } from 'vitest'
import { lower } from '../../src/lowering/lower.js'
import type { Target } from '../../src/lowering/targets.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { checkOp, gaussian, type OpCase, opGraph } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'
import { lowered, name } from './support.js'

interface Case {
  x: number[]
  w: number[]
  strides?: number[]
  pads?: number[]
  dilations?: number[]
  group?: number
}

const cases: Case[] = [
  { x: [2, 3, 7, 7], w: [4, 3, 3, 3], pads: [1, 1, 1, 1] },
  { x: [1, 3, 7, 5], w: [4, 3, 3, 3], pads: [1, 1, 1, 1] },
  { x: [3, 4, 8, 8], w: [6, 4, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [3, 4, 9, 7], w: [6, 4, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [2, 3, 15, 15], w: [5, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3] },
  { x: [2, 4, 8, 8], w: [6, 4, 1, 1], strides: [2, 2] },
  { x: [2, 4, 7, 6], w: [6, 4, 1, 1] },
  { x: [2, 4, 7, 5], w: [6, 4, 1, 1], strides: [2, 2] },
  { x: [2, 4, 5, 5], w: [4, 1, 3, 3], strides: [2, 2], group: 4 },
  { x: [2, 4, 9, 9], w: [6, 4, 3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] },
  { x: [2, 4, 12, 11], w: [6, 4, 3, 3], dilations: [2, 3], strides: [3, 2], pads: [1, 2, 0, 3] },
  { x: [2, 4, 11, 10], w: [6, 4, 3, 2], strides: [3, 1], pads: [0, 1, 2, 0] },
  { x: [2, 4, 6, 6], w: [6, 2, 3, 3], pads: [1, 1, 1, 1], group: 2 },
  { x: [3, 6, 7, 8], w: [9, 2, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], group: 3 },
  { x: [2, 5, 7, 7], w: [5, 1, 3, 3], pads: [1, 1, 1, 1], group: 5 },
  { x: [2, 4, 5, 5], w: [8, 1, 1, 1], group: 4 },
  { x: [2, 3, 5, 5], w: [4, 3, 3, 3], pads: [3, 3, 3, 3] },
  { x: [2, 3, 5, 5], w: [4, 3, 5, 5] },
  { x: [2, 18, 33], w: [7, 18, 3], pads: [1, 1] },
  { x: [1, 5, 16], w: [7, 5, 16] },
  { x: [3, 4, 16, 15], w: [6, 4, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [2, 5, 2, 3], w: [64, 5, 3, 3], pads: [1, 1, 1, 1] },
]

/** Microsoft's kernel writes out of bounds for groups in 1-D, and 3-D is not safe either: measured by the convolution itself. */
const others: Case[] = [
  { x: [3, 4, 17], w: [6, 2, 3], strides: [2], pads: [1, 0], group: 2 },
  { x: [2, 3, 5, 6, 4], w: [4, 3, 3, 3, 2], pads: [1, 1, 1, 1, 1, 0] },
  { x: [2, 4, 6, 5, 7], w: [6, 2, 2, 3, 3], strides: [2, 1, 2], pads: [0, 1, 1, 0, 1, 1], group: 2 },
  { x: [1, 2, 4, 4, 4], w: [3, 2, 1, 1, 1], strides: [2, 2, 2] },
]

function opCase({ x, w, ...attributes }: Case, outputs: OpCase['outputs'] = ['float32', 'float32', 'float32']): OpCase {
  const rank = w.length - 2
  const [strides, dilations] = [attributes.strides ?? Array(rank).fill(1), attributes.dilations ?? Array(rank).fill(1)]
  const pads = attributes.pads ?? Array(2 * rank).fill(0)
  const spatial = x.slice(2).map((size, i) => {
    const extent = dilations[i] * (w[i + 2]! - 1) + 1
    return Math.floor((size + pads[i] + pads[i + rank] - extent) / strides[i]) + 1
  })
  return {
    opType: 'ConvGrad',
    inputs: [gaussian([x[0]!, w[0]!, ...spatial], 'dY'), gaussian(x, 'x'), gaussian(w, 'w')],
    attributes: { kernel_shape: w.slice(2), strides, dilations, pads, group: attributes.group ?? 1 },
    outputs,
    batched: [0, 1],
  }
}

/** A processor has the operators of both. */
const TARGETS: readonly Target[] = where.target === 'cpu' ? ['cpu', 'wasm'] : [where.target]

describe('ConvGrad', () => {
  for (const target of TARGETS)
    for (const geometry of cases)
      test(name({ target, ...geometry }), () => checkOp(opCase(geometry), lowered({ target })))

  // Convolution is linear in its input and in its weights: <dX, v> = <dY, Conv(v, W)> and <dW, u> = <dY, Conv(X, u)>.
  for (const target of TARGETS)
    for (const geometry of [...others, cases[8]!])
      test(`is the adjoint of the convolution: ${name({ target, ...geometry })}`, async () => {
        const { graph, feeds } = opGraph(opCase(geometry))
        const [dY, x, w] = [feeds.x0!, feeds.x1!, feeds.x2!]
        const { y0, y1, y2 } = await runStock(lowered({ target })(graph), feeds)
        const { outputs: _, batched: __, ...forward } = opCase(geometry)
        const convolve = async (input: Tensor, weights: Tensor) => {
          const conv = opGraph({ ...forward, opType: 'Conv', domain: '', inputs: [input, weights] })
          return (await runStock(conv.graph, conv.feeds)).y0!
        }
        for (const seed of [1, 2, 3]) {
          const [v, u] = [gaussian(x.dims, seed), gaussian(w.dims, seed)]
          expectSameProduct([y0!, v], [dY, await convolve(v, w)])
          expectSameProduct([y1!, u], [dY, await convolve(x, u)])
        }
        const ones = { ...dY, data: new Float32Array(dY.data.length).fill(1) } as Tensor
        expectSameProduct([y2!, { ...y2!, data: new Float32Array(y2!.data.length).fill(1) } as Tensor], [dY, ones])
      })

  test('computes only the outputs that are named', async () => {
    const geometry = cases[2]!
    for (const outputs of [
      [undefined, 'float32', 'float32'],
      [undefined, 'float32'],
      ['float32'],
    ] as OpCase['outputs'][])
      await checkOp(opCase(geometry, outputs), lowered())
  })

  test('needs no spatial size at stride 1 and finds it at run time otherwise', async () => {
    for (const geometry of [cases[0]!, cases[3]!, cases[8]!, cases[11]!, cases[16]!]) {
      const { graph, feeds } = opGraph(opCase(geometry))
      const expected = await runOfficial(graph, feeds)
      graph.inputs = graph.inputs.map((input, i) =>
        i === 2 ? input : { ...input, shape: ['N', input.shape![1]!, ...input.shape!.slice(2).map(() => null)] },
      )
      for (const target of TARGETS) expectAllClose(await runStock(lower(graph, { target }), feeds), expected)
    }
  })

  // The official kernel does not read auto_pad, so the same pads, written out, are the oracle.
  test('reads auto_pad', async () => {
    const pads = { SAME_UPPER: [0, 0, 1, 1], SAME_LOWER: [1, 1, 0, 0], VALID: [0, 0, 0, 0] }
    for (const [auto_pad, explicit] of Object.entries(pads)) {
      const official = opGraph(opCase({ x: [2, 3, 8, 7], w: [4, 3, 3, 2], strides: [2, 2], pads: explicit }))
      const ours = official.graph.clone()
      const { pads: _, ...attributes } = ours.nodes[0]!.attributes
      ours.nodes[0]!.attributes = { ...attributes, auto_pad: { type: 'string', value: auto_pad } }
      const expected = await runOfficial(official.graph, official.feeds)
      expectAllClose(await runStock(lowered()(ours), official.feeds), expected)
    }
  })

  test('on WebAssembly a kernel is flipped for maps that are worth it', () => {
    const operators = (geometry: Case, target: 'cpu' | 'wasm') =>
      lowered({ target })(opGraph(opCase(geometry, ['float32'])).graph).nodes.map(({ opType }) => opType)
    const [small, large] = [cases.at(-1)!, cases[0]!]
    expect(operators(small, 'wasm')).toEqual(['ConvTranspose'])
    for (const flipped of [operators(small, 'cpu'), operators(large, 'wasm')]) {
      expect(flipped).toContain('Gather')
      expect(flipped).toContain('Conv')
    }
  })

  test('one lowered graph serves every batch size', async () => {
    const lowering = lowered()(opGraph(opCase(cases[0]!)).graph)
    for (const batch of [1, 2, 5]) {
      const { graph, feeds } = opGraph(opCase({ ...cases[0]!, x: [batch, 3, 7, 7] }))
      expectAllClose(await runStock(lowering, feeds), await runOfficial(graph, feeds))
    }
  })
})

function expectSameProduct([a, b]: [Tensor, Tensor], [c, d]: [Tensor, Tensor]): void {
  const [left, right] = [inner(a, b), inner(c, d)]
  expect(Math.abs(left.sum - right.sum)).toBeLessThan(1e-6 * Math.max(left.size, right.size))
}

/** The inner product of two tensors in float64, and what its terms come to without their signs. */
function inner(a: Tensor, b: Tensor): { sum: number; size: number } {
  expect(a.dims).toEqual(b.dims)
  const terms = Array.from(a.data as Float32Array, (value, i) => value * (b.data as Float32Array)[i]!)
  return { sum: terms.reduce((x, y) => x + y, 0), size: terms.reduce((x, y) => x + Math.abs(y), 0) }
}

test('an operator without a lowering is named together with its node', () => {
  const { graph } = opGraph({ opType: 'ConvTransposeGrad', inputs: [gaussian([1])] })
  expect(() => lower(graph, { target: where.target })).toThrow(
    expect.objectContaining({
      code: 'lowering/no-lowering',
      facts: { op: 'ConvTransposeGrad', node: 'y0', target: where.target },
    }),
  )
})
