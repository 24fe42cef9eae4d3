import { describe, expect, test } from 'vitest'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'
import { expectSame, graphOf, lowered, name } from './support.js'

interface Pool {
  x: number[]
  kernel_shape: number[]
  strides?: number[]
  pads?: number[]
  dilations?: number[]
  ceil_mode?: number
  count_include_pad?: number
}

const maxPools: Pool[] = [
  { x: [2, 3, 8, 8], kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [1, 3, 9, 7], kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [2, 3, 8, 6], kernel_shape: [2, 2], strides: [2, 2] },
  { x: [2, 2, 7, 9], kernel_shape: [2, 2], strides: [2, 2] },
  { x: [2, 2, 7, 7], kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  { x: [2, 2, 7, 8], kernel_shape: [2, 2], strides: [3, 3] },
  { x: [2, 2, 9, 8], kernel_shape: [2, 3], strides: [1, 2], dilations: [2, 2], pads: [1, 0, 0, 2] },
  { x: [2, 2, 8, 10], kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  { x: [2, 5, 16], kernel_shape: [4], strides: [4] },
  { x: [3, 5, 11], kernel_shape: [3], strides: [2], pads: [1, 1] },
  { x: [2, 2, 5, 6, 4], kernel_shape: [2, 3, 2], strides: [2, 2, 1], pads: [0, 1, 0, 1, 1, 1] },
  { x: [2, 2, 12, 12], kernel_shape: [8, 8], strides: [2, 2] },
]

/** MaxPool with Indices, and its gradient. The official kernel learns the shape of dX from the declared output. */
function maxPoolGraph({ x, ...attributes }: Pool) {
  return graphOf((g) => {
    g.input('x', 'float32', ['N', ...x.slice(1)])
    const [y, indices] = g.ops('MaxPool', ['x'], attributes, { outputs: ['y', 'indices'] })
    const dY = g.op('Mul', [y, g.op('Sub', [g.op('Mul', [y, y]), g.scalar(0.7)])])
    g.op('MaxPoolGrad', [dY, indices], attributes, { outputs: ['dX'] })
    g.output('dX', 'float32', ['N', ...x.slice(1)])
  })
}

/** Values of which many are equal. */
const steps = (dims: number[], count: number): Tensor => {
  const tensor = gaussian(dims, 'steps')
  return {
    ...tensor,
    data: (tensor.data as Float32Array).map((value) => Math.round(value * count) / count + 0.25),
  } as Tensor
}

describe('MaxPoolGrad', () => {
  for (const pool of maxPools) {
    test(name({ ...pool }), () => expectSame(maxPoolGraph(pool), { x: gaussian(pool.x, 'x') }))
    test(`ties: ${name({ ...pool })}`, async () => {
      await expectSame(maxPoolGraph(pool), { x: steps(pool.x, 1) })
      const size = pool.x.reduce((a, b) => a * b, 1)
      await expectSame(maxPoolGraph(pool), { x: float32(new Float32Array(size).fill(2), pool.x) })
    })
  }

  test('needs no Indices: the forward pool loses that output', () => {
    const graph = lowered()(maxPoolGraph(maxPools[0]!))
    expect(graph.nodes.find((node) => node.opType === 'MaxPool')!.outputs).toEqual(['y'])
    expect(graph.nodes.some((node) => node.opType === 'ScatterElements')).toBe(false)
  })

  test('one graph serves every batch size', async () => {
    const graph = lowered()(maxPoolGraph(maxPools[0]!))
    for (const batch of [1, 3]) {
      const x = gaussian([batch, 3, 8, 8], 'batch')
      expectClose((await runStock(graph, { x })).dX, (await runOfficial(maxPoolGraph(maxPools[0]!), { x })).dX)
    }
  })

  test('takes the Indices of a pool that counts by columns as the places they stand for', async () => {
    // A window of so many taps is scattered.
    const pool = { x: [2, 2, 12, 10], kernel_shape: [8, 8], strides: [2, 2] }
    const byColumns = maxPoolGraph(pool)
    byColumns.nodes[0]!.attributes.storage_order = { type: 'int', value: 1 }
    const x = gaussian(pool.x, 'x')
    expectClose((await runStock(lowered()(byColumns), { x })).dX, (await runOfficial(maxPoolGraph(pool), { x })).dX)
  })

  test('scatters where the forward pool is not in the graph', async () => {
    const graph = graphOf((g) => {
      g.input('dY', 'float32', ['N', 1, 2, 2])
      g.input('indices', 'int64', ['N', 1, 2, 2])
      g.op('MaxPoolGrad', ['dY', 'indices'], { kernel_shape: [2, 2] }, { outputs: ['dX'] })
      g.output('dX', 'float32', ['N', 1, 3, 3])
    })
    const indices: Tensor = {
      type: 'int64',
      dims: [2, 1, 2, 2],
      data: BigInt64Array.of(4n, 4n, 4n, 8n, 9n, 9n, 13n, 17n),
    }
    await expectSame(graph, { dY: gaussian([2, 1, 2, 2]), indices })
  })
})

const averagePools: Pool[] = [
  { x: [2, 3, 8, 6], kernel_shape: [2, 2], strides: [2, 2] },
  { x: [2, 3, 9, 7], kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { x: [2, 3, 8, 8], kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], count_include_pad: 1 },
  { x: [1, 2, 7, 7], kernel_shape: [3, 2], strides: [1, 3], pads: [1, 0, 0, 1] },
  { x: [2, 3, 7, 7], kernel_shape: [7, 7], strides: [1, 1] },
  { x: [2, 5, 13], kernel_shape: [4], strides: [3], pads: [1, 2] },
]

describe('AveragePoolGrad', () => {
  for (const { x, ...attributes } of averagePools)
    test(name({ x, ...attributes }), async () => {
      const pads = attributes.pads ?? attributes.kernel_shape.flatMap(() => [0, 0])
      const rank = attributes.kernel_shape.length
      const pooled = attributes.kernel_shape.map(
        (kernel, i) => Math.floor((x[i + 2]! + pads[i]! + pads[i + rank]! - kernel) / attributes.strides![i]!) + 1,
      )
      const dims = [x[0]!, x[1]!, ...pooled]
      const graph = graphOf((g) => {
        g.input('dY', 'float32', dims)
        g.op('AveragePoolGrad', ['dY'], { ...attributes, pads }, { outputs: ['dX'] })
        g.output('dX', 'float32', x)
      })
      await expectSame(graph, { dY: gaussian(dims, 'dY') })
    })

  // AveragePool is linear, so <dX, v> = <dY, AveragePool(v)>. For what the official kernel gets wrong or does not have.
  // WebAssembly refuses a declared shape that differs from its inferred one, which has one window too many here.
  for (const { x, ...attributes } of [
    { x: [2, 2, 6, 5, 4], kernel_shape: [2, 3, 2], strides: [2, 1, 2], pads: [0, 1, 0, 0, 1, 0] },
    { x: [2, 3, 8, 9], kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
    { x: [2, 3, 8, 10], kernel_shape: [3, 3], strides: [3, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
    { x: [2, 3, 8, 10], kernel_shape: [3, 3], strides: [3, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad: 1 },
  ])
    test.skipIf(where.runtimes[0] === 'onnxruntime-web' && 'count_include_pad' in attributes)(
      `is the adjoint of AveragePool: ${name({ x, ...attributes })}`,
      async () => {
        const forward = graphOf((g) => {
          g.input('x', 'float32', x)
          g.op('AveragePool', ['x'], attributes, { outputs: ['y'] })
          g.graph.outputs.push({ name: 'y', type: 'float32' })
        })
        const v = gaussian(x, 'v')
        const y = (await runStock(lowered()(forward), { x: v })).y!
        const dY = gaussian(y.dims, 'dY')
        const backward = graphOf((g) => {
          g.input('dY', 'float32', y.dims)
          g.op('AveragePoolGrad', ['dY'], attributes, { outputs: ['dX'] })
          g.output('dX', 'float32', x)
        })
        const dX = (await runStock(lowered()(backward), { dY })).dX!
        expect(inner(dX, v)).toBeCloseTo(inner(dY, y), 4)
      },
    )
})

const inner = (a: Tensor, b: Tensor): number =>
  (a.data as Float32Array).reduce((sum, value, i) => sum + value * (b.data as Float32Array)[i]!, 0)
