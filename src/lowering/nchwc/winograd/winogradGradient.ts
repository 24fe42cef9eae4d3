import { correlate } from '../correlation/correlate.js'
import type { Blocked, ConvRecord } from '../layout/Blocked.js'
import { unitsOf } from '../layout/units.js'
import type { Dims, Name } from '../layout/values.js'
import {
  A,
  B,
  evenAndOdd,
  inputAt,
  productsInTiles,
  resultGradientAt,
  tilesOf,
  VALUE_COST,
  WINDOW,
} from './toomCook.js'

/** Whether six sums of products over tiles of four rows, and what is moved for them, cost less than three over rows. */
export function isGradientCheaper([samples, outputs, height, width]: Dims, inputs: number): boolean {
  const pixels = samples * height * width
  const products = productsInTiles({ samples, inputs, outputs, height, width })
  // Values read and written: both tensors at six points, turned and gathered; the filter's rows put together.
  const moved = 13.5 * inputs * pixels + 10.5 * outputs * pixels + 57 * inputs * outputs
  const direct = 9 * inputs * outputs * pixels + VALUE_COST * (7 * inputs + 2 * outputs) * pixels
  return products + VALUE_COST * moved < direct
}

/**
 * The gradient of a 3x3 filter, from that of the result by the transpose of `winograd`: at each point a sum of products
 * over tiles instead of rows, then the powers of the points put these together.
 */
export function winogradGradient(
  c: Blocked,
  { x, height }: ConvRecord,
  u: Name,
  [samples, outputs, , width]: Dims,
  inputs: number,
): Name {
  const { g, block } = c
  const tiles = tilesOf(height)
  const kernel = [1, 3] as const
  const units = unitsOf({ samples, height: tiles, width, inputs, outputs, stride: 1, kernel }, block)
  const blocks = (inputs * outputs) / block ** 2
  const at = (point: number): Name => {
    const padded = inputAt(c, x, point, inputs, height, 1)
    const record = { x: padded, height: tiles, width: width + 2, stride: 1, pads: [0, 0, 0, 0], units } as const
    const sum = correlate(
      c,
      record,
      resultGradientAt(c, u, point, outputs, height),
      [samples, outputs, tiles, width],
      inputs,
      kernel,
    )
    return c.reshape(sum, blocks, 1, 3 * block ** 2)
  }
  const add = (a: Name, b: Name) => g.op('Add', [a, b])
  const times = (value: Name, factor: number) => c.mul(value, c.number(factor))
  const [evenA, oddA] = evenAndOdd(c, at, 1)
  const [evenB, oddB] = evenAndOdd(c, at, 3)
  const rows = [
    add(at(0), add(evenA, evenB)),
    add(times(oddA, A), times(oddB, B)),
    add(at(WINDOW - 1), add(times(evenA, A ** 2), times(evenB, B ** 2))),
  ]
  return g.op('Concat', rows, { axis: 1 })
}
