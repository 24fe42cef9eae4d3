import type { Glyphs } from './glyphs.js'

/**
 * Draws values over time in `width` characters, the lowest value as the lowest glyph. More values than characters are
 * averaged in groups; fewer have a character each. Values that are not finite are left out.
 */
export function sparkline(values: readonly number[], width: number, { spark }: Pick<Glyphs, 'spark'>): string {
  const finite = values.filter(Number.isFinite)
  const points = averaged(finite, Math.min(width, finite.length))
  const low = Math.min(...points)
  const range = Math.max(...points) - low
  const level = (value: number) => (range > 0 ? Math.round(((value - low) / range) * (spark.length - 1)) : 0)
  return points.map((value) => spark[level(value)]).join('')
}

function averaged(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const [start, end] = [i, i + 1].map((edge) => Math.floor((edge * values.length) / count)) as [number, number]
    return values.slice(start, end).reduce((sum, value) => sum + value, 0) / (end - start)
  })
}
