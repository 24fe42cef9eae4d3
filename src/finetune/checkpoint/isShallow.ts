/** The most levels of nesting of a run's arguments. */
const MOST_LEVELS = 100

/** Tells whether JSON is not nested too deep for recursive code. */
export function isShallow(json: unknown): boolean {
  let level = [json]
  for (let depth = 0; depth < MOST_LEVELS; depth++) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
    if (level.length === 0) return true
  }
  return false
}
