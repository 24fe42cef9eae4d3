import fc from 'fast-check'

/**
 * A small network as plain data, which fast-check can draw and shrink. Numbers say what is wished for; what cannot be
 * (a kernel larger than its map, groups that do not divide the channels) is made to fit when the network is built.
 */
export interface Description {
  readonly batch: number
  readonly size: readonly [height: number, width: number]
  readonly channels: number
  /** Sizes of the input that are symbols in the graph. */
  readonly symbolic: { readonly batch: boolean; readonly size: boolean }
  /** Whether images come as they are stored, 0 to 255. */
  readonly bytes: boolean
  readonly layers: readonly Layer[]
  readonly head: 'pooled' | 'convolved' | 'flat' | 'matmul'
  readonly opset: number
  readonly reduction: 'mean' | 'sum'
  readonly optimizer: 'sgd' | 'momentum'
  /** Whether the step and its update are one run. */
  readonly joined: boolean
  /** Which parameters are frozen, by their place modulo 8, and whether they are in the checkpoint. */
  readonly frozen: readonly number[]
  readonly frozenInModel: boolean
  /** Values that are asked for besides the loss, counted from the last. */
  readonly outputs: readonly number[]
  /** Of weights and images. */
  readonly seed: number
}

/** `from`: how many values back its input is. */
export type Layer = Geometry | Norm | Plain

export interface Geometry {
  readonly kind: 'conv' | 'maxPool' | 'averagePool'
  readonly from: number
  readonly outputs: number
  readonly kernel: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  /** top, left, bottom, right; 'same' or 'half' the kernel's reach on every side. */
  readonly pads: readonly [number, number, number, number] | 'SAME_UPPER' | 'SAME_LOWER' | 'half'
  readonly groups: 1 | 2 | 'depthwise'
  readonly bias: boolean
  /** Whether it takes the filter of a convolution before it, if one fits. */
  readonly shared: boolean
  readonly ceil: boolean
  readonly countPads: boolean
}

export interface Norm {
  readonly kind: 'norm' | 'twoNorms'
  readonly from: number
  /** Whether it takes scale and bias of a batch norm before it, if one fits. */
  readonly shared: boolean
  /** Whether its scale comes by way of an Identity. */
  readonly byIdentity: boolean
  readonly epsilon: number
}

export interface Plain {
  readonly kind:
    | 'relu'
    | 'add'
    | 'concat'
    | 'gate'
    | 'leakyRelu'
    | 'clip'
    | 'sigmoid'
    | 'tanh'
    | 'identity'
    | 'globalPool'
  readonly from: number
  /** The other summand, so many values back, if it has the same shape. */
  readonly other: number
}

const from = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(4) })
const rarely = fc.integer({ min: 0, max: 7 }).map((n) => n === 7)
const pair = (...values: readonly number[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...values).map((n) => [n, n] as const) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values)) },
  )
const pads = fc.oneof(
  { weight: 5, arbitrary: fc.constant('half' as const) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)) },
  { weight: 1, arbitrary: fc.constantFrom('SAME_UPPER' as const, 'SAME_LOWER' as const) },
)

const geometry = (...kinds: readonly Geometry['kind'][]): fc.Arbitrary<Geometry> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    from,
    outputs: fc.constantFrom(16, 16, 16, 8, 8, 32, 24, 4, 5),
    kernel: pair(3, 3, 1, 2, 5),
    strides: pair(1, 1, 1, 2, 3),
    dilations: fc.oneof({ weight: 5, arbitrary: fc.constant([1, 1] as const) }, { weight: 1, arbitrary: pair(1, 2) }),
    pads,
    groups: fc.constantFrom(1 as const, 1 as const, 1 as const, 1 as const, 2 as const, 'depthwise' as const),
    bias: fc.boolean(),
    shared: rarely,
    ceil: fc.boolean(),
    countPads: fc.boolean(),
  })

const norm: fc.Arbitrary<Norm> = fc.record({
  kind: fc.constantFrom('norm' as const, 'norm' as const, 'norm' as const, 'twoNorms' as const),
  from,
  shared: rarely,
  byIdentity: rarely,
  epsilon: fc.constantFrom(1e-5, 1e-5, 1e-3),
})

const plain: fc.Arbitrary<Plain> = fc.record({
  kind: fc.constantFrom(
    ...(['relu', 'relu', 'relu', 'relu', 'relu', 'add', 'add', 'add', 'concat', 'gate'] as const),
    ...(['leakyRelu', 'clip', 'sigmoid', 'tanh', 'identity', 'globalPool'] as const),
  ),
  from,
  other: fc.nat(4),
})

const layer: fc.Arbitrary<Layer> = fc.oneof(
  { weight: 5, arbitrary: geometry('conv') },
  { weight: 2, arbitrary: geometry('maxPool', 'maxPool', 'averagePool') },
  { weight: 3, arbitrary: norm },
  { weight: 5, arbitrary: plain },
)

export const description: fc.Arbitrary<Description> = fc.record({
  batch: fc.constantFrom(2, 2, 3, 4, 1, 5, 8, 9, 16),
  size: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 3, max: 8 }).map((n) => [n, n] as const) },
    { weight: 1, arbitrary: fc.tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 9 })) },
  ),
  channels: fc.constantFrom(3, 3, 1, 8, 16),
  symbolic: fc.record({ batch: fc.boolean(), size: rarely }),
  bytes: fc.integer({ min: 0, max: 3 }).map((n) => n === 3),
  layers: fc.array(layer, { minLength: 1, maxLength: 9, size: 'max' }),
  head: fc.constantFrom('pooled', 'pooled', 'convolved', 'flat', 'matmul'),
  opset: fc.constantFrom(13, 17, 17, 18, 20),
  reduction: fc.constantFrom('mean', 'sum'),
  optimizer: fc.constantFrom('sgd', 'momentum'),
  joined: fc.boolean(),
  frozen: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.nat(7), { maxLength: 5 }) },
  ),
  frozenInModel: fc.boolean(),
  outputs: fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.nat(6), { maxLength: 3 }) },
  ),
  seed: fc.nat(2 ** 20),
})
