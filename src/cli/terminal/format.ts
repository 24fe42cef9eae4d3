// Numbers formatted as text.

export const count = (value: number): string => value.toLocaleString('en-US')

/** Returns a number with its noun: "1 image", "2 images". */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

export function bytes(value: number): string {
  if (value < 1000) return `${value} bytes`
  const unit = value < 999_500 ? 'kB' : value < 999_500_000 ? 'MB' : 'GB'
  const scaled = value / { kB: 1e3, MB: 1e6, GB: 1e9 }[unit]
  return `${scaled.toFixed(scaled < 9.95 ? 1 : 0)} ${unit}`
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export const shape = (dims: readonly (number | string | null)[] | undefined): string =>
  dims ? `[${dims.map((dim) => dim ?? '?').join(', ')}]` : '[?]'
