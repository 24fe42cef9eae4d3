import { padStart } from './layout.js'

interface CurveOptions {
  /** The number of columns of the whole drawing. */
  readonly width: number
  /** The number of rows of the curve itself. @default 10 */
  readonly height?: number
  /** A value to mark under the axis, if there is one. */
  readonly mark?: number | undefined
}

/**
 * Draws a curve over values that grow evenly in their logarithm, with both axes. More points than columns are averaged in
 * groups.
 *
 * @param x above 0, ascending
 * @param y finite, as many
 */
export function curve(
  x: readonly number[],
  y: readonly number[],
  { width, height = 10, mark }: CurveOptions,
): string[] {
  const highest = Math.max(...y)
  const lowest = Math.min(...y)
  const labels = [highest, (highest + lowest) / 2, lowest].map(short)
  const margin = Math.max(...labels.map(({ length }) => length))
  const points = averaged(y, Math.min(y.length, width - margin - 3))
  const rowOf = (value: number) =>
    highest > lowest ? Math.round(((highest - value) / (highest - lowest)) * (height - 1)) : height - 1
  const labelOf = new Map([0, Math.round((height - 1) / 2), height - 1].map((row, i) => [row, labels[i]!]))
  const rows = Array.from({ length: height }, (_, row) => {
    const drawn = points.map((value) => (rowOf(value) === row ? '*' : ' ')).join('')
    return `${padStart(labelOf.get(row) ?? '', margin)} |${drawn}`.trimEnd()
  })
  const indent = ' '.repeat(margin + 2)
  const axis = `${' '.repeat(margin + 1)}+${'-'.repeat(points.length)}`
  return [...rows, axis, ...marked(x, mark, points.length, indent), `${indent}${ends(x, points.length)}`]
}

/** Returns the line under the axis that shows the place of a value, if there is one. */
function marked(x: readonly number[], mark: number | undefined, columns: number, indent: string): string[] {
  const place = mark === undefined ? -1 : x.indexOf(mark)
  return place < 0 ? [] : [`${indent}${' '.repeat(Math.floor((place * columns) / x.length))}^`]
}

/** Returns the labels of the first and the last value, as far apart as there is room. */
function ends(x: readonly number[], columns: number): string {
  const [first, last] = [short(x[0]!), short(x.at(-1)!)]
  return `${first}${padStart(last, Math.max(columns - first.length, last.length + 1))}`
}

function averaged(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i, i + 1].map((edge) => Math.floor((edge * values.length) / count)) as [number, number]
    return values.slice(start, end).reduce((sum, value) => sum + value, 0) / (end - start)
  })
}

/** Returns a number with two digits that count: 0.0012, 1e-7, 2.3. */
export const short = (value: number): string => String(Number(value.toPrecision(2)))
