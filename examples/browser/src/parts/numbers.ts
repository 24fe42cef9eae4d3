export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Rounds down, so that 100 % is said of certainty alone. */
export const score = (share: number): string => `${Math.floor(share * 100)} %`

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(Math.round(seconds), 1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
