import { expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { int64 } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { gaussian } from '../support/checkOp.js'
import { expectOfficialTraining, isBlockedHere, tensorsOf } from './blockedSupport.js'

test.skipIf(!isBlockedHere)('operators of the standard layout train between blocked convolutions', async () => {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', 19]])
  const make = tensorsOf(seededRandom(0, 'rare operators'))
  const weight = (name: string, ...dims: number[]) => g.initializer(name, make(...dims))
  g.input('x', 'float32', ['N', 3, 12, 12])
  const filtered = g.op('Conv', ['x', weight('first', 16, 3, 3, 3)], { pads: [1, 1, 1, 1] })
  const padded = g.op('Pad', [g.op('Relu', [filtered]), g.ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'reflect' })
  const smaller = g.op('Relu', [g.op('Conv', [padded, weight('second', 32, 16, 3, 3)], { strides: [2, 2] })])
  const transposed = [smaller, weight('third', 32, 16, 2, 2), weight('bias', 16)]
  const larger = g.op('Softsign', [g.op('ConvTranspose', transposed, { strides: [2, 2] })])
  const sizes = g.constant(int64([2, 16, 7, 9]))
  const resized = g.op('Resize', [larger, '', '', sizes], { mode: 'cubic', antialias: 1 })
  const mixed = g.op('Conv', [resized, weight('fourth', 16, 16, 1, 1)])
  const even = g.op('Div', [mixed, g.op('ReduceL2', [mixed, g.ints(1)], { keepdims: 1 })])
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [even])])
  g.output(g.op('Gemm', [pooled, weight('head', 2, 16)], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 2])
  const feeds = { x: gaussian([2, 3, 12, 12], 'images'), labels: int64([0, 1]) }
  const blocked = await expectOfficialTraining(g.graph, { feeds })
  expect(blocked).toEqual(expect.arrayContaining(['first', 'second', 'fourth']))
})
