import type { Blocked } from '../layout/Blocked.js'
import type { Geometry } from '../layout/geometry.js'
import type { Name } from '../layout/values.js'
import {
  A,
  B,
  type ConvolutionSizes,
  evenAndOdd,
  FILTER,
  inputAt,
  productsInTiles,
  ROWS,
  tilesOf,
  VALUE_COST,
  WINDOW,
} from './toomCook.js'

interface ConvolutionInputs {
  readonly x: Name
  /** Blocked, [O/B, I/B, kh, kw, B, B] in any shape. */
  readonly w: Name
  readonly bias?: Name | undefined
  readonly add?: Name | undefined
}

/** A blocked convolution, by Winograd's algorithm where that is cheaper. */
export function convolve(c: Blocked, inputs: ConvolutionInputs, sizes: ConvolutionSizes, geometry: Geometry): Name {
  const { kernel, stride, pads } = geometry
  if (isSameSize3x3(geometry) && isCheaper(sizes, inputs.add !== undefined)) return winograd(c, inputs, sizes)
  const w = c.reshape(inputs.w, sizes.outputs, sizes.inputs, ...kernel)
  return c.conv({ ...inputs, w }, { kernel_shape: [...kernel], strides: [stride, stride], pads: [...pads] })
}

/** Whether it is a 3x3 convolution that keeps the size of its maps. */
export const isSameSize3x3 = ({ kernel, stride, pads }: Geometry): boolean =>
  stride === 1 && kernel.every((size) => size === 3) && pads.every((pad) => pad === 1)

/** Whether six products for four rows, and what is moved for them, cost less than twelve products. */
function isCheaper(sizes: ConvolutionSizes, isAdded: boolean): boolean {
  const { samples, inputs, outputs, height, width } = sizes
  const pixels = samples * height * width
  const isCut = tilesOf(height) * ROWS > height
  // Values read and written: maps of the input at six points, the rows of the result put together, the filter's points.
  const afterwards = 10 + (isCut ? 2 : isAdded ? 3 : 0)
  const moved = 7.5 * inputs * pixels + afterwards * outputs * pixels + 108 * inputs * outputs
  return productsInTiles(sizes) + VALUE_COST * moved < 9 * inputs * outputs * pixels
}

/**
 * Winograd's minimal filtering along the columns of a map, F(4, 3): of four rows of the result, each a sum of three rows
 * of products, six rows of products are left. Along the rows it stays a convolution, of 1x3. S. Winograd, Arithmetic
 * Complexity of Computations (1980); A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks (2016).
 */
function winograd(c: Blocked, { x, w, bias, add }: ConvolutionInputs, sizes: ConvolutionSizes): Name {
  const { g } = c
  const { samples, inputs, outputs, height, width } = sizes
  const tiles = tilesOf(height)
  const product = (point: number, add?: Name, bias?: Name) => {
    const tensors = { x: inputAt(c, x, point, inputs, height), w: filterAt(c, w, point, inputs, outputs), add, bias }
    return c.conv(tensors, { kernel_shape: [1, 3], pads: [0, 1, 0, 1] })
  }
  const [evenA, oddA] = evenAndOdd(c, product, 1)
  const [evenB, oddB] = evenAndOdd(c, product, 3)
  const times = (value: Name, factor: number, add?: Name, bias?: Name) =>
    c.conv(
      { x: value, w: c.perChannel(outputs, [factor], [1, 1]), add, bias },
      { kernel_shape: [1, 1], group: outputs },
    )
  const rows = [
    product(0, g.op('Add', [evenA, evenB]), bias),
    times(oddB, B, times(oddA, A), bias),
    times(evenB, B ** 2, times(evenA, A ** 2), bias),
    product(WINDOW - 1, times(oddB, B ** 3, times(oddA, A ** 3)), bias),
  ]
  const lines = rows.map((row) => c.reshape(row, (samples * outputs * tiles) / c.block, 1, width * c.block))
  const whole = c.reshape(g.op('Concat', lines, { axis: 1 }), samples, outputs, ROWS * tiles, width)
  const surplus = ROWS * tiles - height
  if (surplus === 0) return add ? g.op('Add', [whole, add]) : whole
  const first = c.perChannel(outputs, [1, ...Array<number>(surplus).fill(0)], [surplus + 1, 1])
  return c.conv({ x: whole, w: first, add }, { kernel_shape: [surplus + 1, 1], group: outputs })
}

/** A filter [O, I, 3, 3] at a point, [O, I, 1, 3]: its blocks are maps of three rows whose channels are outputs. */
function filterAt(c: Blocked, filter: Name, point: number, inputs: number, outputs: number): Name {
  const { block } = c
  const maps = c.reshape(filter, (inputs * outputs) / block ** 2, block, 3, 3 * block)
  const w = c.perChannel(block, FILTER[point]!, [3, 1])
  return c.reshape(c.conv({ x: maps, w }, { kernel_shape: [3, 1], group: block }), outputs, inputs, 1, 3)
}
