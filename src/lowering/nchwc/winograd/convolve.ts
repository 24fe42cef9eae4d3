import { A, B, FILTER } from '../../portable/support/toomCook.js'
import type { Name } from '../layout/dims.js'
import type { Geometry } from '../layout/geometry.js'
import type { BlockedOps, ConvInputs } from '../ops/BlockedOps.js'
import { type ConvolutionSizes, ROWS, tilesOf, WINDOW } from './tiles.js'
import { evenAndOdd, inputAt } from './toomCook.js'

/** Computes a blocked convolution. Its filter `w` is blocked, in any shape; `inputs` are those of a group. */
export function convolve(
  ops: BlockedOps,
  inputs: ConvInputs,
  sizes: ConvolutionSizes,
  { kernel, stride, pads, group }: Geometry,
  algorithm: 'direct' | 'winograd',
): Name {
  if (algorithm === 'winograd') return winograd(ops, inputs, sizes)
  const w = ops.reshape(inputs.w, sizes.outputs, sizes.inputs, ...kernel)
  const window = { kernel_shape: [...kernel], strides: [stride, stride], pads: [...pads] }
  return ops.conv({ ...inputs, w }, group === 1 ? window : { ...window, group })
}

/**
 * Computes a convolution by Winograd's minimal filtering along the columns of a map, F(4, 3): of four rows of the
 * result, each a sum of three rows of products, six rows of products remain. Along the rows it is still a convolution,
 * of 1x3. S. Winograd, Arithmetic Complexity of Computations (1980); A. Lavin and S. Gray, Fast Algorithms for
 * Convolutional Neural Networks (2016).
 */
function winograd(ops: BlockedOps, { x, w, bias, add }: ConvInputs, sizes: ConvolutionSizes): Name {
  const { inputs, outputs, height } = sizes
  const product = (point: number, add?: Name, bias?: Name) => {
    const atPoint = inputAt(ops, x, point, inputs, height)
    const tensors = { x: atPoint, w: filterAt(ops, w, point, inputs, outputs), add, bias }
    return ops.conv(tensors, { kernel_shape: [1, 3], pads: [0, 1, 0, 1] })
  }
  const [evenA, oddA] = evenAndOdd(ops, product, 1)
  const [evenB, oddB] = evenAndOdd(ops, product, 3)
  const times = (value: Name, factor: number, add?: Name, bias?: Name) =>
    ops.conv(
      { x: value, w: ops.depthwiseFilter(outputs, [factor], [1, 1]), add, bias },
      { kernel_shape: [1, 1], group: outputs },
    )
  const rows = [
    product(0, ops.add(evenA, evenB), bias),
    times(oddB, B, times(oddA, A), bias),
    times(evenB, B ** 2, times(evenA, A ** 2), bias),
    product(WINDOW - 1, times(oddB, B ** 3, times(oddA, A ** 3)), bias),
  ]
  return putTogether(ops, rows, sizes, add)
}

/** Assembles the rows of tiles to maps, without the surplus of the last tile. */
function putTogether(ops: BlockedOps, rows: readonly Name[], sizes: ConvolutionSizes, add: Name | undefined): Name {
  const { samples, outputs, height, width } = sizes
  const tiles = tilesOf(height)
  const lines = rows.map((row) => ops.reshape(row, (samples * outputs * tiles) / ops.block, 1, width * ops.block))
  const whole = ops.reshape(ops.g.op('Concat', lines, { axis: 1 }), samples, outputs, ROWS * tiles, width)
  const surplus = ROWS * tiles - height
  if (surplus === 0) return add ? ops.add(whole, add) : whole
  const first = ops.depthwiseFilter(outputs, [1, ...Array<number>(surplus).fill(0)], [surplus + 1, 1])
  return ops.conv({ x: whole, w: first, add }, { kernel_shape: [surplus + 1, 1], group: outputs })
}

/**
 * Evaluates a filter [O, I, 3, 3] at a point, [O, I, 1, 3]: its blocks are maps of three rows whose channels are
 * outputs.
 */
function filterAt(ops: BlockedOps, filter: Name, point: number, inputs: number, outputs: number): Name {
  const { block } = ops
  const maps = ops.reshape(filter, (inputs * outputs) / block ** 2, block, 3, 3 * block)
  const w = ops.depthwiseFilter(block, FILTER[point]!, [3, 1])
  return ops.reshape(ops.conv({ x: maps, w }, { kernel_shape: [3, 1], group: block }), outputs, inputs, 1, 3)
}
