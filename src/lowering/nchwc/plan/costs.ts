import { cutIntoUnits, type UnitSizes, type Units } from '../layout/units.js'
import { type ConvolutionSizes, ROWS, tilesOf, WINDOW } from '../winograd/tiles.js'

/**
 * The cost model of the blocked layout: every choice between two ways of computing the same result is made here.
 *
 * The unit is the time of one multiplication in ONNX Runtime's blocked convolution. The constants were measured with
 * onnxruntime-node 1.30 on two threads of a processor with AVX-512 and 1 MiB of second-level cache per core (the
 * machine of docs/performance.md), on the convolutions of a ResNet-18 step at 224 x 224.
 */
export const costs = {
  /** The cost of reading or writing one value. */
  value: 15,
  /** The cost of reordering a row of the input of a weight gradient, for each of its values. */
  row: 48,
  /**
   * The factor if a filter that the kernel reads again for every few pixels does not stay in the second-level cache.
   */
  cacheMiss: 1.25,
} as const

/** The size below which data that the kernel reads again for every few pixels stays in the cache. */
const CACHE_BYTES = 512 * 1024
/** The number of outputs of a convolution that ONNX Runtime's kernel computes at once, in blocks. */
const BLOCKS_AT_ONCE = 4

/** The sizes of a 3x3 convolution that keeps the size of its maps; `isAdded`: its result is added to a tensor. */
export interface Convolution3x3 extends ConvolutionSizes {
  readonly isAdded: boolean
}

/** Computes the cost of a direct convolution: twelve products for four rows. */
export const directConvolution = ({ samples, inputs, outputs, height, width }: ConvolutionSizes): number =>
  9 * inputs * outputs * samples * height * width

/** Computes the cost of Winograd's convolution: six products for four rows, and the values moved for them. */
export function winogradConvolution({ isAdded, ...sizes }: Convolution3x3): number {
  const { samples, inputs, outputs, height, width } = sizes
  const pixels = samples * height * width
  const isCut = tilesOf(height) * ROWS > height
  // Values read and written: maps of the input at six points, the assembled rows of the result, the filter's points.
  const afterwards = 10 + (isCut ? 2 : isAdded ? 3 : 0)
  const moved = 7.5 * inputs * pixels + afterwards * outputs * pixels + 108 * inputs * outputs
  return productsInTiles(sizes) + costs.value * moved
}

/** Computes the cost of a direct weight gradient: three sums of products over rows, with both tensors reordered. */
export function directWeightGradient(sizes: ConvolutionSizes): number {
  const { samples, inputs, outputs, height, width } = sizes
  return directConvolution(sizes) + costs.value * (7 * inputs + 2 * outputs) * samples * height * width
}

/**
 * Computes the cost of Winograd's weight gradient: six sums of products over tiles of four rows, and the values moved
 * for them.
 */
export function winogradWeightGradient(sizes: ConvolutionSizes): number {
  const { samples, inputs, outputs, height, width } = sizes
  const pixels = samples * height * width
  // Values read and written: both tensors at six points, reordered and gathered; the assembled rows of the filter.
  const moved = 13.5 * inputs * pixels + 10.5 * outputs * pixels + 57 * inputs * outputs
  return productsInTiles(sizes) + costs.value * moved
}

/** The least pixels of maps whose products take less time than a convolution whose channels are gathered first. */
const LEAST_PIXELS = 196

/** Returns the cheaper algorithm for the gradient of a filter of single pixels. */
export const cheapestPointwise = ({ height, width }: ConvolutionSizes): 'direct' | 'products' =>
  height * width >= LEAST_PIXELS ? 'products' : 'direct'

/** Computes the number of multiplications of a 3x3 convolution in tiles, or of its weight gradient. */
const productsInTiles = ({ samples, inputs, outputs, height, width }: ConvolutionSizes): number =>
  WINDOW * 3 * tilesOf(height) * width * samples * inputs * outputs

/**
 * Returns the cheapest cut of a weight gradient's sum: chunks that fit the cache, few halo rows between them, few units
 * of zeros.
 */
export function cheapestUnits(sizes: UnitSizes, block: number): Units {
  const { samples, height, width, inputs, kernel } = sizes
  const cuts = divisorsOf(height).map((rows) => ({ rows, cost: unitsCost(sizes, block, rows) }))
  const { rows } = cuts.reduce((best, cut) => (cut.cost < best.cost ? cut : best))
  // Adding up groups costs less than putting dY in order if the maps are larger than the filter.
  const isGrouped = samples % block === 0 && 2 * inputs * kernel[0] * kernel[1] < block * height * width
  return cutIntoUnits(sizes, block, rows, isGrouped ? samples / block : 1)
}

function unitsCost(sizes: UnitSizes, block: number, rows: number): number {
  const { width, outputs, stride, kernel } = sizes
  const { blocks } = cutIntoUnits(sizes, block, rows)
  const filterBytes = 4 * block * Math.min(outputs, BLOCKS_AT_ONCE * block) * rows * width
  const arithmetic = outputs * kernel[0] * kernel[1] * rows * (filterBytes > CACHE_BYTES ? costs.cacheMiss : 1)
  return blocks * (arithmetic + costs.row * ((rows - 1) * stride + kernel[0]))
}

/** Returns the divisors of a number, largest first. */
const divisorsOf = (n: number): readonly number[] =>
  Array.from({ length: n }, (_, i) => n - i).filter((divisor) => n % divisor === 0)
