/**
 * The layout of a weight gradient's sum over samples and pixels. Each map of dY is cut into chunks of rows. A unit is
 * one chunk of one sample, and units are the channels of the convolution that computes the gradient. The last block of
 * channels is filled up with units of zeros.
 */
export interface Units {
  readonly samples: number
  /** The number of chunks in a map. */
  readonly chunks: number
  /** The number of rows of dY in a chunk. */
  readonly rows: number
  /** The number of blocks of units. */
  readonly blocks: number
  /** True if the last block is not full. */
  readonly incomplete: boolean
  /**
   * The number of groups of the convolution, each with a block of the samples; their results are added up, and dY is in
   * order already. 1: the convolution adds up everything, and dY is put in order.
   */
  readonly groups: number
}

/** The sizes of the sum that is cut into units. */
export interface UnitSizes {
  readonly samples: number
  /** The height of dY. */
  readonly height: number
  readonly width: number
  /** The number of inputs of the convolution. */
  readonly inputs: number
  readonly outputs: number
  readonly stride: number
  readonly kernel: readonly [number, number]
}

/** Cuts the sum into units of the given number of rows each, which divides the height of dY. */
export function cutIntoUnits(
  { samples, height }: Pick<UnitSizes, 'samples' | 'height'>,
  block: number,
  rows = height,
  groups = 1,
): Units {
  const chunks = height / rows
  const blocks = Math.ceil((samples * chunks) / block)
  return { samples, chunks, rows, blocks, incomplete: blocks * block !== samples * chunks, groups }
}

/** A sample and a chunk of it. */
export type Unit = readonly [sample: number, chunk: number]

/** Lists units in the order of the channels: by group, by chunk, by sample; at the end those that are missing. */
export function* unitsInOrder({ samples, chunks, blocks, groups }: Units, block: number): Iterable<Unit | undefined> {
  const together = samples / groups
  for (let group = 0; group < groups; group++)
    for (let chunk = 0; chunk < chunks; chunk++) for (let i = 0; i < together; i++) yield [group * together + i, chunk]
  for (let i = samples * chunks; i < blocks * block; i++) yield undefined
}
