import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { planQuantization } from '../../src/onnx/quantize/planQuantization.js'
import { quantizeGraph } from '../../src/onnx/quantize/quantizeGraph.js'
import { quantizeBias, quantizeWeights, scaleOf } from '../../src/onnx/quantize/scales.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

const waves = (dims: readonly number[], step: number): Tensor<'float32'> =>
  float32(
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * step)),
    dims,
  )

/** The ranges of all planned values for one input, computed by the graph itself. */
async function rangesOf(g: GraphBuilder, feeds: Record<string, Tensor>) {
  const plan = planQuantization(g.graph)
  const shown = g.graph.clone()
  const sources = [...new Set(plan.values.values())]
  shown.outputs = sources.map((name) => ({ name, type: 'float32' }))
  const values = await runStock(shown, feeds)
  const range = ({ data }: Tensor) => ({
    min: Math.min(...(data as Float32Array)),
    max: Math.max(...(data as Float32Array)),
  })
  return { plan, ranges: new Map(sources.map((name) => [name, range(values[name]!)])) }
}

describe('scales', () => {
  test('have 0 among their values, and ones of zeros are 1', () => {
    expect(scaleOf({ min: 1, max: 255 })).toEqual({ scale: 1, zeroPoint: 0 })
    expect(scaleOf({ min: -255, max: -1 })).toEqual({ scale: 1, zeroPoint: 255 })
    expect(scaleOf({ min: -1, max: 1 })).toEqual({ scale: Math.fround(2 / 255), zeroPoint: 128 })
    expect(scaleOf({ min: 0, max: 0 })).toEqual({ scale: 1, zeroPoint: 0 })
  })

  test('of weights are those of each channel, halves to even', () => {
    const { weights, scales } = quantizeWeights(float32([127, 2.5, -1.5, 0, 0, 0], [2, 3]), { axis: 0, levels: 127 })
    expect([[...scales.data], [...weights.data]]).toEqual([
      [1, 1],
      [127, 2, -2, 0, 0, 0],
    ])
    const columns = quantizeWeights(float32([127, 254, -127, 0], [2, 2]), { axis: 1, levels: 127 })
    expect([[...columns.scales.data], [...columns.weights.data]]).toEqual([
      [1, 2],
      [127, 127, -127, 0],
    ])
  })

  test('of a dead channel grow until its bias fits into int32', () => {
    const bias = { inputScale: 0.01, values: Float32Array.of(3, 3) }
    const { scales } = quantizeWeights(float32([1, 1e-9], [2, 1]), { axis: 0, levels: 127, bias })
    expect(scales.data[0]).toBe(Math.fround(1 / 127))
    const units = quantizeBias(
      bias.values,
      scales.data.map((scale) => 0.01 * scale),
    ).data
    expect(units[1]).toBeGreaterThan(2.1e9)
    expect(units[1]! * 0.01 * scales.data[1]!).toBeCloseTo(3, 5)
  })
})

describe('a quantized graph', () => {
  test('has the results of the float32 graph but for rounding: MatMul, Gemm, Add, Concat of both', async () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', ['N', 8])
    g.initializer('w', waves([8, 16], 0.7))
    g.initializer('v', waves([16, 16], 1.3))
    g.initializer('b', waves([16], 0.9))
    const first = g.op('Relu', [g.op('MatMul', ['x', 'w'])])
    const second = g.op('Gemm', [first, 'v', 'b'], { transB: 1 })
    const sum = g.op('Add', [first, second])
    g.output(g.op('MatMul', [sum, g.op('Transpose', [sum])]), 'float32', ['N', 'N'])
    const x = waves([4, 8], 0.3)
    const { plan, ranges } = await rangesOf(g, { x })
    expect(plan.weights.size).toBe(2)
    const output = g.graph.outputs[0]!.name
    const expected = (await runStock(g.graph, { x }))[output]
    for (const reduced of [false, true])
      expectClose((await runStock(quantizeGraph(g.graph, plan, ranges, reduced), { x }))[output], expected, 0.03)
  })

  test('leaves in float32 what has no kernel or is no number: constants, whole numbers, results', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [1, 4, 2, 2])
    g.initializer('shift', float32([1], [1]))
    g.initializer('w', waves([4, 4, 1, 1], 1))
    g.op('Add', ['x', 'shift'], {}, { outputs: ['shifted'] })
    const size = g.op('Shape', ['shifted'])
    g.op('Add', [size, size], {}, { outputs: ['twice'] })
    g.output(g.op('Conv', ['shifted', 'w'], {}, { outputs: ['y'] }), 'float32', [1, 4, 2, 2])
    g.output('twice', 'int64', [4])
    const plan = planQuantization(g.graph)
    expect([...plan.values]).toEqual([['shifted', 'shifted']])
    const graph = quantizeGraph(g.graph, plan, new Map([['shifted', { min: 0, max: 2 }]]), false)
    expect(graph.outputs).toEqual(g.graph.outputs)
    expect(graph.nodes.find(({ opType }) => opType === 'Conv')!.outputs).toEqual(['y'])
  })

  test('passes a pooled or reshaped value on with its scale', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [1, 4, 8, 8])
    g.initializer('w', waves([4, 4, 1, 1], 1))
    g.op('Relu', [g.op('Conv', ['x', 'w'])], {}, { outputs: ['y'] })
    g.op('MaxPool', ['y'], { kernel_shape: [2, 2], strides: [2, 2] }, { outputs: ['pooled'] })
    g.op('GlobalAveragePool', ['pooled'], {}, { outputs: ['mean'] })
    g.op('Flatten', ['mean'], {}, { outputs: ['flat'] })
    g.initializer('v', waves([4, 2], 1))
    g.output(g.op('MatMul', ['flat', 'v']), 'float32', [1, 2])
    expect([...planQuantization(g.graph).values]).toEqual([
      ['x', 'x'],
      ['y', 'y'],
      ['pooled', 'y'],
      ['mean', 'mean'],
      ['flat', 'mean'],
    ])
  })
})
