const none = '–'

/** Formats a number with three decimals, `0.461`, or a small one with three digits, `0.000123`. */
export function decimal(value: number | undefined): string {
  if (value === undefined) return none
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size === 0 || (size >= 0.01 && size < 1e6)) return value.toFixed(size >= 1000 ? 0 : 3)
  return short(value)
}

/** Formats a number with the fewest digits, three at most: `0.0005`, `5e-5`, `1.2e+6`. */
export function short(value: number): string {
  const rounded = Number(value.toPrecision(3))
  const size = Math.abs(rounded)
  return size !== 0 && (size < 1e-4 || size >= 1e6) ? rounded.toExponential() : String(rounded)
}

export const percent = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share) ? none : `${(share * 100).toFixed(1)}\u00a0%`

/** Formats a count with separators: `11,177,538`. */
export const count = (value: number): string => value.toLocaleString('en-US')

/** Formats a duration: `42 s`, `12 min 5 s`, `3 h 7 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h} h ${min} min` : min > 0 ? `${min} min ${s} s` : `${s} s`
}
