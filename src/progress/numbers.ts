/** Formats a number with fixed decimals, or in short exponential form if that would be long: `0.461`, `1.2e+6`. */
export function decimals(value: number, digits: number): string {
  return Math.abs(value) < 1e5 || !Number.isFinite(value) ? value.toFixed(digits) : value.toExponential(1)
}

/** Formats seconds as a clock does: `0:42`, `12:05`, `3:07:00`. */
export function clock(seconds: number): string {
  const whole = Math.max(Math.round(seconds), 0)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
}
