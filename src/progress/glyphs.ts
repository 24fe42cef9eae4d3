/** The characters of bars and sparklines, each one column wide. */
export interface Glyphs {
  readonly full: string
  readonly empty: string
  /** The characters of a sparkline, from low to high. */
  readonly spark: readonly string[]
}

export const blocks: Glyphs = { full: '━', empty: '─', spark: [...'▁▂▃▄▅▆▇█'] }

/** The glyphs for terminals that show no other characters, or show them two columns wide. */
export const ascii: Glyphs = { full: '=', empty: '-', spark: [..."_.-~='^"] }
