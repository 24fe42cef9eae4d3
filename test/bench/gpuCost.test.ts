import { expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import { inferShapes } from '../../src/onnx/shapes/inferShapes.js'

interface Cost {
  readonly node: string
  readonly opType: string
  readonly bytes: number
  readonly flops: number
}

interface Counter {
  costsOf(graph: Graph): readonly Cost[]
  boundOf(
    costs: readonly Pick<Cost, 'bytes' | 'flops'>[],
    card: { flops: number; bandwidth: number },
    launch: number,
  ): { seconds: number; held: Readonly<Record<'arithmetic' | 'memory' | 'launches', number>> }
}

const path = '../../bench/gpuCost.js'
const { costsOf, boundOf } = (await import(path)) as Counter

test('the cost of each node of a small graph is that counted by hand', () => {
  const g = new GraphBuilder()
  g.input('x', 'float32', [2, 3, 4, 4])
  g.input('w', 'float32', [5, 3, 3, 3])
  const y = g.op('Conv', ['x', 'w'], { pads: [1, 1, 1, 1] })
  const mask = g.op('Greater', [y, g.scalar(0)])
  // A constant alone, and another shape for the same memory: no dispatch.
  const half = g.op('Neg', [g.constant(float32([-0.5], []))])
  const flat = g.op('Reshape', [g.op('Mul', [y, half]), g.ints(2, 80)])
  g.op('ReduceSum', [flat, g.ints(1)], { keepdims: 0 }, { outputs: ['sum'] })
  g.op('Transpose', [mask], { perm: [1, 0, 2, 3] }, { outputs: ['mask'] })
  g.output('sum', 'float32', [2])
  g.output('mask', 'bool', [5, 2, 4, 4])
  const costs = costsOf(inferShapes(g.graph))
  expect(costs.map(({ opType, bytes, flops }) => [opType, bytes, flops])).toEqual([
    ['Conv', 4 * (96 + 135 + 160), 2 * 160 * 27],
    ['Greater', 4 * (160 + 1) + 160, 160],
    ['Mul', 4 * (160 + 1 + 160), 160],
    ['ReduceSum', 4 * (160 + 2) + 8, 160],
    ['Transpose', 160 + 160, 0],
  ])
})

test('what takes longest bounds each dispatch', () => {
  const costs = [
    { bytes: 100, flops: 8000 },
    { bytes: 600, flops: 10 },
    { bytes: 1, flops: 1 },
  ]
  const { seconds, held } = boundOf(costs, { flops: 1000, bandwidth: 100 }, 2)
  expect(seconds).toBe(8 + 6 + 2)
  expect(held).toEqual({ arithmetic: 0.5, memory: 0.375, launches: 0.125 })
})

test('a value of unknown size is named', () => {
  const g = new GraphBuilder()
  g.op('Relu', [g.input('x', 'float32', ['N', 3])], {}, { outputs: ['y'] })
  g.output('y', 'float32', ['N', 3])
  expect(() => costsOf(inferShapes(g.graph))).toThrow('The shape of x is not known')
})
