import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { checkOp, gaussian, type OpCase, opGraph } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { lowered, name } from './support.js'

const shapes = [
  [4, 3, 5, 6],
  [1, 3, 4, 4],
  [2, 5, 7],
  [3, 4],
  [2, 3, 3, 2, 4],
]
const map = (tensor: Tensor, f: (value: number) => number) =>
  ({ ...tensor, data: (tensor.data as Float32Array).map(f) }) as Tensor
const positive = (dims: number[], ...keys: string[]) => map(gaussian(dims, ...keys), (value) => Math.abs(value) + 0.5)

function batchNorm(dims: number[], mean = 0): OpCase {
  const c = [dims[1]!]
  const x = map(gaussian(dims, 'x'), (value) => value + mean)
  return {
    opType: 'BatchNormInternal',
    inputs: [x, gaussian(c, 'scale'), gaussian(c, 'bias'), gaussian(c, 'mean'), positive(c, 'var')],
    attributes: { epsilon: 1e-5, momentum: 0.9 },
    outputs: ['float32', 'float32', 'float32', 'float32', 'float32'],
    batched: [0],
  }
}

describe('BatchNormInternal', () => {
  for (const dims of shapes)
    test(name({ x: dims }), async () => {
      const { graph, feeds } = opGraph(batchNorm(dims))
      const [expected, actual] = [await runOfficial(graph, feeds), await runStock(lowered()(graph), feeds)]
      for (const output of ['y0', 'y1', 'y3', 'y4']) expectClose(actual[output], expected[output], 1e-5, output)

      // torch: new variance = 0.9 * old + 0.1 * M / (M - 1) * biased; the official one has no M / (M - 1).
      const old = feeds.x4!.data as Float32Array
      const count = dims.reduce((a, b) => a * b, 1) / dims[1]!
      const unbiased = (expected.y2!.data as Float32Array).map(
        (value, i) => 0.9 * old[i]! + (value - 0.9 * old[i]!) * (count / (count - 1)),
      )
      expectClose(actual.y2, { ...expected.y2!, data: unbiased } as Tensor, 1e-5, 'running variance')
    })

  test('keeps its digits where the mean is large', async () => {
    const { graph, feeds } = opGraph(batchNorm([8, 2, 9, 9], 1000))
    const { y4 } = await runStock(lowered()(graph), feeds)
    const x = feeds.x0!.data as Float32Array
    const channel = (c: number) => Array.from(x).filter((_, i) => Math.floor(i / 81) % 2 === c)
    const inverse = [0, 1].map((c) => {
      const values = channel(c)
      const mean = values.reduce((a, b) => a + b, 0) / values.length
      return 1 / Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length + 1e-5)
    })
    expectClose(y4, { type: 'float32', dims: [2], data: Float32Array.from(inverse) }, 1e-4)
  })

  test('stays finite where one value makes a channel', async () => {
    const { graph, feeds } = opGraph(batchNorm([1, 3]))
    for (const tensor of Object.values(await runStock(lowered()(graph), feeds)))
      expect(Array.from(tensor.data as Float32Array).every(Number.isFinite)).toBe(true)
  })
})

describe('BatchNormalizationGrad', () => {
  for (const dims of shapes)
    for (const outputs of [['float32', 'float32', 'float32']] as OpCase['outputs'][])
      test(name({ x: dims }), () => {
        const c = [dims[1]!]
        return checkOp(
          {
            opType: 'BatchNormalizationGrad',
            inputs: [
              gaussian(dims, 'dY'),
              gaussian(dims, 'x'),
              gaussian(c, 'w'),
              gaussian(c, 'mean'),
              positive(c, 'inv'),
            ],
            attributes: { epsilon: 1e-5 },
            outputs: outputs!,
            batched: [0, 1],
          },
          lowered(),
        )
      })
})
