/** What a field of the line is, for its colour. */
export type Style = 'plain' | 'strong' | 'faint' | 'training' | 'validation'

const codes: Record<Exclude<Style, 'plain'>, readonly [number, number]> = {
  strong: [1, 22],
  faint: [2, 22],
  training: [36, 39],
  validation: [32, 39],
}

/** Text in the ANSI colour of a style; without `color`, as it is. */
export function styled(text: string, style: Style, color: boolean): string {
  if (!color || style === 'plain' || text === '') return text
  const [on, off] = codes[style]
  return `\u001b[${on}m${text}\u001b[${off}m`
}
