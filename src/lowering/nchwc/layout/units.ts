/**
 * How the sum of a weight gradient over samples and pixels is laid out. Each map of dY is cut into chunks of rows. A unit
 * is one chunk of one sample, and units are the channels of the convolution that computes the gradient. The last block of
 * channels is filled up with units of zeros.
 */
export interface Units {
  readonly samples: number
  /** Chunks of a map. */
  readonly chunks: number
  /** Rows of dY in a chunk. */
  readonly rows: number
  /** Blocks of units. */
  readonly blocks: number
  /** Whether the last block is not full. */
  readonly incomplete: boolean
  /**
   * Groups of the convolution, each with a block of the samples; their results are added up, and dY is in order as it is.
   * 1: the convolution adds up everything, and dY is put in order.
   */
  readonly groups: number
}

export interface UnitSizes {
  readonly samples: number
  /** Of dY. */
  readonly height: number
  readonly width: number
  /** Of the convolution. */
  readonly inputs: number
  readonly outputs: number
  readonly stride: number
  readonly kernel: readonly [number, number]
}

/** What ONNX Runtime's kernel reads again for every few pixels of its result must stay in the second level of the cache. */
const CACHE_BYTES = 512 * 1024
/** Its cost where it does not, measured. */
const CACHE_PENALTY = 1.25
/** Turning a row of the input costs as much time as this many multiplications by each of its values. */
const ROW_COST = 48
/** Outputs of a convolution that the kernel computes at once, in blocks. */
const BLOCKS_AT_ONCE = 4

/** The cheapest cut: chunks that fit the cache, few halo rows between them, few units of zeros. */
export function unitsOf(sizes: UnitSizes, block: number): Units {
  const { samples, height, width, inputs, outputs, stride, kernel } = sizes
  const taps = kernel[0] * kernel[1]
  const cuts = divisorsOf(height).map((rows) => {
    const chunks = height / rows
    const blocks = Math.ceil((samples * chunks) / block)
    const filterBytes = 4 * block * Math.min(outputs, BLOCKS_AT_ONCE * block) * rows * width
    const arithmetic = outputs * taps * rows * (filterBytes > CACHE_BYTES ? CACHE_PENALTY : 1)
    return { rows, chunks, blocks, cost: blocks * (arithmetic + ROW_COST * ((rows - 1) * stride + kernel[0])) }
  })
  const { rows, chunks, blocks } = cuts.reduce((best, cut) => (cut.cost < best.cost ? cut : best))
  // Adding up groups costs less than putting dY in order where the maps are larger than the filter.
  const groups = samples % block === 0 && 2 * inputs * taps < block * height * width ? samples / block : 1
  return { samples, chunks, rows, blocks, incomplete: blocks * block !== samples * chunks, groups }
}

/** Largest first. */
const divisorsOf = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => n - i).filter((divisor) => n % divisor === 0)

/** A sample and a chunk of it. */
export type Unit = readonly [sample: number, chunk: number]

/** Units in the order of the channels: by group, by chunk, by sample; at the end those that are missing. */
export function* unitsInOrder({ samples, chunks, blocks, groups }: Units, block: number): Iterable<Unit | undefined> {
  const together = samples / groups
  for (let group = 0; group < groups; group++)
    for (let chunk = 0; chunk < chunks; chunk++) for (let i = 0; i < together; i++) yield [group * together + i, chunk]
  for (let i = samples * chunks; i < blocks * block; i++) yield undefined
}
