/** The characters that bars and sparklines are drawn with, each one column wide. */
export interface Glyphs {
  readonly full: string
  readonly empty: string
  /** From low to high. */
  readonly spark: readonly string[]
}

export const blocks: Glyphs = { full: '━', empty: '─', spark: [...'▁▂▃▄▅▆▇█'] }

/** For terminals that show no other characters, or show them two columns wide. */
export const ascii: Glyphs = { full: '=', empty: '-', spark: [..."_.-~='^"] }
