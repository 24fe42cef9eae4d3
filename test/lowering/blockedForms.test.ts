import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { paddedFilters } from '../../src/lowering/nchwc/layout/filters.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import {
  BLOCK,
  expectOfficialTraining,
  isBlockedHere,
  shapesOf,
  type TrainingCase,
  target,
  tensorsOf,
} from './blockedSupport.js'

/** Writes small networks: parameters are made where they are used. */
class Network {
  readonly g = new GraphBuilder()
  readonly #source = seededRandom('blocked forms')
  readonly tensor = tensorsOf(this.#source)

  constructor(
    readonly batch: number,
    readonly channels: number,
    readonly size: number,
  ) {
    this.g.input('x', 'float32', ['N', channels, size, size])
  }

  filter(name: string, ...dims: readonly number[]): string {
    return this.g.initializer(name, this.tensor(...dims))
  }

  vector(name: string, count: number, low: number, high: number): string {
    const values = Float32Array.from({ length: count }, () => this.#source.uniform(low, high))
    return this.g.initializer(name, float32(values, [count]))
  }

  norm(name: string, x: string, channels = 16): string {
    const scale = this.vector(`${name}.scale`, channels, 0.5, 1.5)
    const bias = this.vector(`${name}.bias`, channels, -0.5, 0.5)
    const mean = this.vector(`${name}.running_mean`, channels, -2, 2)
    const variance = this.vector(`${name}.running_var`, channels, 0.5, 1.5)
    return this.g.op('BatchNormalization', [x, scale, bias, mean, variance], {}, { outputs: [`${name}.y`] })
  }

  /** Logits of everything that is read. */
  end(...values: readonly string[]): Graph {
    const { g } = this
    const pooled = values.map((value) => g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [value, value])])]))
    const all = pooled.length === 1 ? pooled[0]! : g.op('Concat', pooled, { axis: 1 })
    g.output(g.op('Gemm', [all, this.filter('fc', 3, 16 * pooled.length)], { transB: 1 }), 'float32', ['N', 3])
    return g.graph
  }

  get feeds(): Record<string, Tensor> {
    const { batch, channels, size } = this
    const x = tensorsOf(seededRandom('pictures'))(batch, channels, size, size)
    const scaled = float32(
      x.data.map((value) => value * Math.sqrt(channels)),
      x.dims,
    )
    return { x: scaled, labels: int64(Array.from({ length: batch }, (_, i) => i % 3)) }
  }

  check(graph: Graph, options: Partial<TrainingCase> = {}): Promise<string[]> {
    return expectOfficialTraining(graph, { feeds: this.feeds, ...options })
  }
}

const SAME = { pads: [1, 1, 1, 1] }

describe.skipIf(!isBlockedHere)('the blocked form equals the official kernels (a processor with AVX2)', () => {
  test('for two batch norms on one convolution', async () => {
    const n = new Network(3, 16, 6)
    const y = n.g.op('Conv', ['x', n.filter('w', 16, 16, 3, 3)], SAME)
    const graph = n.end(n.g.op('Relu', [n.norm('a', y)]), n.norm('b', y))
    expect(await n.check(graph)).toEqual(['w'])
  })

  test.each(['Relu', 'Identity'])('for two batch norms on a first convolution, one before a pool: %s', async (op) => {
    const n = new Network(2, 3, 12)
    const y = n.g.op('Conv', ['x', n.filter('w', 16, 3, 3, 3)], SAME)
    const pool = (x: string) => n.g.op('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], ...SAME })
    const pooled = pool(n.g.op('Relu', [n.norm('a', y)]))
    const other = n.g.op(op, [n.norm('b', y)])
    const second = n.g.op('Conv', [other, n.filter('v', 16, 16, 3, 3)], SAME)
    expect(await n.check(n.end(pooled, n.norm('c', second), pool(other)))).toEqual(['w', 'v'])
  })

  test.each([1, 2])(
    'for outputs on the way, with stride %i: before and after batch norm, ReLU and pool',
    async (stride) => {
      const n = new Network(2, 3, 12)
      const outputs = ['first', 'a.y', 'relu', 'pooled', 'second', 'b.y', 'sum']
      const geometry = { strides: [stride, stride], pads: [3, 3, 3, 3] }
      n.g.op('Conv', ['x', n.filter('w', 16, 3, 7, 7)], geometry, { outputs: ['first'] })
      n.g.op('Relu', [n.norm('a', 'first')], {}, { outputs: ['relu'] })
      n.g.op('MaxPool', ['relu'], { kernel_shape: [3, 3], strides: [2, 2], ...SAME }, { outputs: ['pooled'] })
      n.g.op('Conv', ['pooled', n.filter('v', 16, 16, 3, 3)], SAME, {
        outputs: ['second'],
      })
      n.g.op('Add', [n.norm('b', 'second'), 'pooled'], {}, { outputs: ['sum'] })
      expect(await n.check(n.end('sum'), { outputs })).toEqual(['w', 'v'])
    },
  )

  /** Of the first convolution's output, whose pool may be written by phases. */
  test.each([
    { ceil_mode: 1, pads: [1, 1, 1, 1] },
    { ceil_mode: 1, pads: [0, 0, 0, 0] },
    { dilations: [2, 2], pads: [1, 1, 1, 1] },
    { dilations: [2, 1], pads: [1, 1, 1, 1], ceil_mode: 1 },
    { pads: [1, 1, 0, 0] },
    { pads: [0, 0, 1, 1] },
    { auto_pad: 'NOTSET', pads: [1, 1, 1, 1] },
    { auto_pad: 'VALID' },
    { storage_order: 1, pads: [1, 1, 1, 1] },
  ])('for MaxPool with %o', async (attributes) => {
    const n = new Network(2, 3, 12)
    const y = n.g.op('Conv', ['x', n.filter('w', 16, 3, 3, 3)], SAME)
    const relu = n.g.op('Relu', [n.norm('a', y)])
    const pooled = n.g.op('MaxPool', [relu], { kernel_shape: [3, 3], strides: [2, 2], ...attributes })
    const second = n.g.op('Conv', [pooled, n.filter('v', 16, 16, 3, 3)], SAME)
    expect(await n.check(n.end(n.norm('b', second)))).toEqual(['w', 'v'])
  })

  test('for two pools of one value, one of them in a form of its own', async () => {
    for (const order of [0, 1]) {
      const n = new Network(2, 3, 12)
      const y = n.g.op('Conv', ['x', n.filter('w', 16, 3, 3, 3)], SAME)
      const relu = n.g.op('Relu', [n.norm('a', y)])
      const pools = [
        () => n.g.op('MaxPool', [relu], { kernel_shape: [3, 3], strides: [2, 2], ...SAME }),
        () => n.g.op('MaxPool', [relu], { kernel_shape: [2, 2], strides: [2, 2] }),
      ]
      const [one, two] = order ? pools.toReversed().map((pool) => pool()) : pools.map((pool) => pool())
      expect(await n.check(n.end(one!, two!))).toEqual(['w'])
    }
  })

  test('where Indices of a pool are read', async () => {
    const n = new Network(2, 3, 12)
    const y = n.g.op('Conv', ['x', n.filter('w', 16, 3, 3, 3)], SAME)
    const relu = n.g.op('Relu', [n.norm('a', y)])
    const attributes = { kernel_shape: [3, 3], strides: [2, 2], ...SAME }
    const [pooled] = n.g.ops('MaxPool', [relu], attributes, { outputs: ['pooled', 'indices'] })
    expect(await n.check(n.end(pooled!), { outputs: ['indices'] })).toEqual(['w'])
  })

  test('for a filter of a plain and a dilated convolution', async () => {
    const n = new Network(2, 16, 8)
    const w = n.filter('w', 16, 16, 3, 3)
    const plain = n.g.op('Conv', ['x', w], SAME)
    const dilated = n.g.op('Conv', [plain, w], { dilations: [2, 2], pads: [2, 2, 2, 2] })
    const graph = n.end(n.norm('a', dilated), n.norm('b', n.g.op('Conv', ['x', n.filter('v', 16, 16, 1, 1)])))
    expect(await n.check(graph)).toEqual(['v'])
  })

  test('for a filter of a plain and a grouped convolution', async () => {
    const n = new Network(2, 32, 6)
    const w = n.filter('w', 16, 16, 3, 3)
    const thin = n.g.op('Conv', ['x', n.filter('v', 16, 32, 1, 1)])
    const graph = n.end(n.g.op('Conv', [thin, w], SAME), n.g.op('Conv', ['x', w], { ...SAME, group: 2 }))
    expect(await n.check(graph)).toEqual(['v'])
  })

  test('for a filter of convolutions with other strides and pads, also of one input', async () => {
    const n = new Network(2, 16, 8)
    const w = n.filter('w', 16, 16, 3, 3)
    const geometries = [SAME, { strides: [2, 2], ...SAME }, {}, { pads: [2, 2, 2, 2] }, { strides: [1, 2], ...SAME }]
    const maps = geometries.map((geometry) => n.g.op('Conv', ['x', w], geometry))
    const again = n.g.op('Conv', [maps[0]!, w], SAME)
    expect(await n.check(n.end(...maps, again))).toEqual(['w'])
  })

  test('for a filter of an image and of a value with as few channels', async () => {
    const n = new Network(2, 3, 8)
    const w = n.filter('w', 16, 3, 3, 3)
    const three = n.g.op('Conv', ['x', n.filter('u', 3, 3, 1, 1)])
    const maps = ['x', three].map((x) => n.g.op('Conv', [x, w], SAME))
    const graph = n.end(...maps, n.g.op('Conv', [maps[0]!, n.filter('v', 16, 16, 1, 1)]))
    expect(await n.check(graph)).toEqual(['v'])
  })

  test('for a filter of an image and of what is computed from it alone', async () => {
    const n = new Network(2, 3, 8)
    const w = n.filter('w', 16, 3, 3, 3)
    const maps = ['x', n.g.op('Tanh', ['x'])].map((x) => n.g.op('Conv', [x, w], SAME))
    const graph = n.end(...maps, n.g.op('Conv', [maps[0]!, n.filter('v', 16, 16, 1, 1)]))
    expect(await n.check(graph)).toEqual(['w', 'v'])
  })

  test('for a filter that is put out or read by something else', async () => {
    const n = new Network(2, 16, 6)
    const [w, v, u] = ['w', 'v', 'u'].map((name) => n.filter(name, 16, 16, 1, 1))
    const maps = [w, v, u].reduce((x, filter) => n.g.op('Conv', [x, filter!]), 'x')
    const matrix = n.g.op('Reshape', [v, n.g.ints(16, 16)])
    const pooled = n.g.op('Flatten', [n.g.op('GlobalAveragePool', ['x'])])
    const row = n.g.op('Reshape', [n.g.op('MatMul', [pooled, matrix]), n.g.ints(-1, 16, 1, 1)])
    expect(await n.check(n.end(n.g.op('Mul', [maps, row])), { outputs: ['w'] })).toEqual(['u'])
  })

  test('for a bias of two convolutions and a batch norm', async () => {
    const n = new Network(2, 16, 6)
    const bias = n.vector('bias', 16, -0.5, 0.5)
    const one = n.g.op('Conv', ['x', n.filter('w', 16, 16, 3, 3), bias], SAME)
    const norm = n.norm('a', one)
    const two = n.g.op('Conv', [norm, n.filter('v', 16, 16, 1, 1), bias])
    const wide = n.g.op('Unsqueeze', [bias, n.g.ints(0, 2, 3)])
    expect(await n.check(n.end(n.norm('b', two), n.g.op('Add', [norm, wide])))).toEqual(['w', 'v'])
  })

  test('for a ReLU before a ReLU, and maps of one pixel', async () => {
    const n = new Network(3, 16, 4)
    const y = n.g.op('Conv', ['x', n.filter('w', 32, 16, 4, 4)])
    const relu = n.g.op('Relu', [n.g.op('Relu', [n.norm('a', y, 32)])])
    const excited = n.g.op('Conv', [n.g.op('GlobalAveragePool', [relu]), n.filter('v', 16, 32, 1, 1)])
    expect(await n.check(n.end(n.g.op('Conv', [relu, n.filter('u', 16, 32, 1, 1)]), excited))).toEqual(['w', 'v', 'u'])
  })

  test.each([
    { kernel: 3, stride: 1, pad: 1, size: 7 },
    { kernel: 3, stride: 2, pad: 1, size: 8 },
    { kernel: 3, stride: 2, pad: 1, size: 7 },
    { kernel: 5, stride: 2, pad: 2, size: 8 },
    { kernel: 7, stride: 1, pad: 3, size: 9 },
    { kernel: 2, stride: 2, pad: 0, size: 8 },
    { kernel: 3, stride: 1, pad: 0, size: 7 },
    { kernel: 1, stride: 2, pad: 0, size: 6 },
    { kernel: 3, stride: 3, pad: 1, size: 9 },
  ])('for a depthwise convolution with %o', async ({ kernel, stride, pad, size }) => {
    const n = new Network(3, 32, size)
    const geometry = { strides: [stride, stride], pads: [pad, pad, pad, pad], group: 32 }
    const wide = n.g.op('Conv', ['x', n.filter('v', 32, 32, 1, 1)])
    const one = n.g.op('Conv', [wide, n.filter('w', 32, 1, kernel, kernel), n.vector('bias', 32, -1, 1)], geometry)
    const two = n.g.op('Conv', [n.g.op('Relu', [wide]), n.filter('u', 32, 1, kernel, kernel)], geometry)
    // Batch norm undoes the factor that a single tap is: its gradient would be zero.
    const normed = n.g.op('Relu', [kernel === 1 ? two : n.norm('a', two, 32)])
    const thin = (name: string, x: string) => n.g.op('Conv', [x, n.filter(name, 16, 32, 1, 1)])
    expect(await n.check(n.end(thin('t', one), thin('s', normed)))).toEqual(['v', 'w', 'u', 't', 's'])
  })

  test('for wide windows with stride 2', async () => {
    for (const [kernel, pad] of [
      [5, 2],
      [4, 1],
      [2, 0],
    ] as const) {
      const n = new Network(2, 16, 8)
      const y = n.g.op('Conv', ['x', n.filter('v', 16, 16, 1, 1)])
      const geometry = { strides: [2, 2], pads: [pad, pad, pad, pad] }
      expect(await n.check(n.end(n.g.op('Conv', [y, n.filter('w', 16, 16, kernel, kernel)], geometry)))).toEqual([
        'v',
        'w',
      ])
    }
  })

  test('for activations between convolutions, and comparisons that are read in the standard layout', async () => {
    const n = new Network(2, 16, 6)
    const first = n.norm('a', n.g.op('Conv', ['x', n.filter('w', 16, 16, 3, 3)], SAME))
    const limited = n.g.op('Clip', [first, n.g.scalar(0), n.g.scalar(1)])
    const second = n.norm('b', n.g.op('Conv', [limited, n.filter('v', 16, 16, 1, 1)]))
    const silu = n.g.op('Mul', [second, n.g.op('Sigmoid', [second])])
    const isLarge = n.g.op('Greater', [silu, n.g.scalar(0.1)])
    const rows = n.g.op('Cast', [n.g.op('Transpose', [isLarge], { perm: [0, 1, 3, 2] })], { to: 1 })
    const third = n.g.op('Conv', [n.g.op('Tanh', [silu]), n.filter('u', 16, 16, 1, 1)])
    expect(await n.check(n.end(third, n.g.op('Mul', [n.g.op('Div', [silu, n.g.scalar(2)]), rows])))).toEqual([
      'w',
      'v',
      'u',
    ])
  })

  test.each([
    { kernel: 1, stride: 1, pad: 0 },
    { kernel: 3, stride: 1, pad: 1 },
    { kernel: 3, stride: 2, pad: 1 },
    { kernel: 1, stride: 2, pad: 0 },
  ])('for narrow layers between wide ones, with %o', async ({ kernel, stride, pad }) => {
    const narrow = BLOCK + BLOCK / 2
    const n = new Network(3, 32, 8)
    const geometry = { strides: [stride, stride], pads: [pad, pad, pad, pad] }
    const wide = n.g.op('Relu', [n.norm('a', n.g.op('Conv', ['x', n.filter('v', 32, 32, 1, 1)]), 32)])
    const thin = n.norm('b', n.g.op('Conv', [wide, n.filter('w', narrow, 32, kernel, kernel)], geometry), narrow)
    const other = n.g.op('Conv', [wide, n.filter('t', narrow, 32, kernel, kernel)], geometry)
    const second = n.g.op('Tanh', [n.g.op('Add', [thin, other])])
    const third = n.norm('c', n.g.op('Conv', [second, n.filter('u', 16, narrow, kernel, kernel)], geometry))
    const graph = n.end(n.g.op('Relu', [third]))
    expect(await n.check(graph)).toEqual(['v'])
    const training = buildTrainingGraph(graph, {
      requiresGrad: ['v', 'w', 't', 'u'],
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    expect([...paddedFilters(training, BLOCK).keys()].sort()).toEqual(['t', 'u', 'w'])
  })

  test.each([
    ['Mul', [16, 1, 1]],
    ['Mul', [1, 16, 1, 1]],
    ['Add', [1, 16, 1, 1]],
  ] as const)('for a number of each channel, as a scale of layers: %s %j', async (op, dims) => {
    const n = new Network(3, 16, 6)
    const y = n.g.op('Conv', ['x', n.filter('w', 16, 16, 3, 3)], SAME)
    const numbers = n.filter('numbers', ...dims)
    const graph = n.end(n.g.op('Add', [n.g.op(op, [n.g.op('Conv', [y, n.filter('v', 16, 16, 1, 1)]), numbers]), y]))
    expect(await n.check(graph)).toEqual(['w', 'v'])
    const training = buildTrainingGraph(graph, {
      requiresGrad: ['w', 'v', 'numbers', 'fc'],
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    const { nodes } = lower(training, { target, shapes: shapesOf(training, n.feeds) })
    const isPlain = nodes.some(({ opType }) => opType === 'ReorderOutput')
    expect(isPlain).toBe(op === 'Add')
  })

  test.each([
    ['more outputs than inputs, in front of a batch norm', 32, 14, 1],
    ['fewer outputs than inputs', 16, 14, 1],
    ['stride 2', 32, 28, 2],
    ['outputs that do not fill their blocks', 24, 14, 1],
  ] as const)('for filters of single pixels on large maps: %s', async (_, outputs, size, stride) => {
    const n = new Network(3, 32, size)
    const y = n.g.op('Conv', [n.g.op('Relu', [n.norm('a', 'x', 32)]), n.filter('w', outputs, 32, 1, 1)], {
      strides: [stride, stride],
    })
    const graph = n.end(n.g.op('Conv', [n.norm('b', y, outputs), n.filter('v', 16, outputs, 1, 1)]))
    await n.check(graph, { tolerance: 2e-5 })
    const training = buildTrainingGraph(graph, {
      requiresGrad: ['w', 'v'],
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    const products = (disable: readonly string[]) =>
      lower(training, { target, shapes: shapesOf(training, n.feeds), disable }).nodes.filter(
        ({ opType }) => opType === 'FusedMatMul',
      ).length
    expect([products([]), products(['algorithm'])]).toEqual([2, 0])
  })

  test('for squeeze and excitation, on small and on large maps', async () => {
    for (const size of [6, 24]) {
      const n = new Network(2, 16, size)
      const x = n.g.op('Relu', [n.norm('a', n.g.op('Conv', ['x', n.filter('w', 16, 16, 3, 3)], SAME))])
      const squeezed = n.g.op('Conv', [n.g.op('GlobalAveragePool', [x]), n.filter('s', 4, 16, 1, 1)])
      const factors = n.g.op('Sigmoid', [n.g.op('Conv', [n.g.op('Relu', [squeezed]), n.filter('e', 16, 4, 1, 1)])])
      const second = n.g.op('Conv', [n.g.op('Mul', [factors, x]), n.filter('v', 16, 16, 1, 1)])
      const pooled = n.g.op('ReduceSum', [second, n.g.ints(2, 3)], { keepdims: 1 })
      const scaled = n.g.op('Mul', [second, n.g.op('Tanh', [pooled])])
      expect(await n.check(n.end(scaled), { tolerance: 2e-5 })).toEqual(['w', 'v'])
    }
  })
})
