/**
 * Restores a row of a PNG from the differences that its filter left, in place. https://www.w3.org/TR/png-3/#9Filters
 *
 * @param above the restored row above, zeros for the first
 * @param distance the bytes of a pixel
 * @throws Error if the filter is unknown
 */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, distance: number): void {
  const restore = filters[filter]
  if (!restore) throw new Error(`it has a row of the filter ${filter}, which is unknown`)
  restore(row, above, distance)
}

type Filter = (row: Uint8Array, above: Uint8Array, distance: number) => void

const none: Filter = () => {}

const sub: Filter = (row, _, distance) => {
  for (let i = distance; i < row.length; i++) row[i]! += row[i - distance]!
}

const up: Filter = (row, above) => {
  for (let i = 0; i < row.length; i++) row[i]! += above[i]!
}

const average: Filter = (row, above, distance) => {
  for (let i = 0; i < row.length; i++) {
    const left = i < distance ? 0 : row[i - distance]!
    row[i]! += (left + above[i]!) >> 1
  }
}

const paeth: Filter = (row, above, distance) => {
  for (let i = 0; i < row.length; i++) {
    const [left, corner] = i < distance ? [0, 0] : [row[i - distance]!, above[i - distance]!]
    row[i]! += nearest(left, above[i]!, corner)
  }
}

/** Returns the neighbour that is nearest to left + up - corner; of equally near ones the first in this order. */
function nearest(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}

const filters: readonly Filter[] = [none, sub, up, average, paeth]
