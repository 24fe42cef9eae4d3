/** Levels of what a run is told. */
const MOST_LEVELS = 100

/** Whether JSON is no deeper than what follows it level by level can bear. */
export function isShallow(json: unknown): boolean {
  let level = [json]
  for (let depth = 0; depth < MOST_LEVELS; depth++) {
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
    if (level.length === 0) return true
  }
  return false
}
