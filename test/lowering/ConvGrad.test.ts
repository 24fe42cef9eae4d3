import { describe, expect, test } from 'vitest'
import { lower } from '../../src/lowering/lower.js'
import { checkOp, gaussian, type OpCase, opGraph } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
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
  { x: [3, 4, 17], w: [6, 2, 3], strides: [2], pads: [1, 0], group: 2 },
  { x: [2, 3, 5, 6, 4], w: [4, 3, 3, 3, 2], pads: [1, 1, 1, 1, 1, 0] },
  { x: [2, 4, 6, 5, 7], w: [6, 2, 2, 3, 3], strides: [2, 1, 2], pads: [0, 1, 1, 0, 1, 1], group: 2 },
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

describe('ConvGrad', () => {
  for (const geometry of cases)
    test(name({ ...geometry }), () => checkOp(opCase(geometry), lowered()))

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
    for (const geometry of [cases[0]!, cases[3]!, cases[8]!, cases[11]!, cases[20]!]) {
      const { graph, feeds } = opGraph(opCase(geometry))
      const expected = await runOfficial(graph, feeds)
      graph.inputs = graph.inputs.map((input, i) =>
        i === 2 ? input : { ...input, shape: ['N', input.shape![1]!, ...input.shape!.slice(2).map(() => null)] },
      )
      expectAllClose(await runStock(lower(graph, { target: 'cpu' }), feeds), expected)
    }
  })

  test('reads auto_pad', async () => {
    for (const auto_pad of ['SAME_UPPER', 'SAME_LOWER', 'VALID']) {
      const same = auto_pad !== 'VALID'
      const test: OpCase = {
        opType: 'ConvGrad',
        inputs: [gaussian([2, 4, same ? 4 : 3, same ? 4 : 3]), gaussian([2, 3, 8, 7]), gaussian([4, 3, 3, 2])],
        attributes: { kernel_shape: [3, 2], strides: [2, 2], dilations: [1, 1], auto_pad },
        outputs: ['float32', 'float32', 'float32'],
      }
      await checkOp(test, lowered())
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

test('an operator without a lowering is named together with its node', () => {
  const { graph } = opGraph({ opType: 'ConvTransposeGrad', inputs: [gaussian([1])] })
  expect(() => lower(graph, { target: 'cpu' })).toThrow(
    expect.objectContaining({ code: 'lowering/no-lowering', facts: { op: 'ConvTransposeGrad', node: 'y0', target: 'cpu' } }),
  )
})
