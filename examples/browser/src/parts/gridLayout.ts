export interface Layout {
  readonly columns: number
  /** The side of a cell, with the gap to its neighbours. */
  readonly cell: number
  /** The part of the grid that is in view, from its top. */
  readonly top: number
  readonly bottom: number
}

const WIDEST = 132
const FEWEST = 3
/** Rows beyond the visible ones that are ready when they come into view. */
const AHEAD = 2

export function layoutOf(box: HTMLElement): Layout {
  const { width, top } = box.getBoundingClientRect()
  const columns = Math.max(Math.ceil(width / WIDEST), FEWEST)
  return { columns, cell: width / columns, top: -top, bottom: innerHeight - top }
}

/** Returns the first row in view and the one behind the last. */
export const visibleRows = ({ cell, top, bottom }: Layout, rows: number): readonly [number, number] => [
  Math.min(Math.max(Math.floor(top / cell) - AHEAD, 0), rows),
  Math.min(Math.max(Math.ceil(bottom / cell) + AHEAD, 0), rows),
]
