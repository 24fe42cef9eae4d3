import { ascii, blocks, type Glyphs } from './glyphs.js'

/** The part of a Node stream that progress needs: `process.stderr`, a file, a socket. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  hasColors?(): boolean
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}

type Environment = Readonly<Record<string, string | undefined>>

/** Returns the width of the terminal in columns, 20 to 300; 80 if it is unknown. */
export const widthOf = ({ columns }: Output): number => Math.min(Math.max(columns || 80, 20), 300)

/**
 * Tells whether to write colours. NO_COLOR (https://no-color.org) and FORCE_COLOR (https://force-color.org) count if
 * they are set and not empty; `FORCE_COLOR=0` is off.
 */
export function colorOf(stream: Output, environment: Environment = process.env): boolean {
  if (environment.FORCE_COLOR) return !['0', 'false'].includes(environment.FORCE_COLOR)
  if (environment.NO_COLOR || environment.TERM === 'dumb') return false
  return stream.hasColors?.() ?? false
}

/**
 * Returns block characters if the locale has them, one column wide: in UTF-8, but not in Chinese, Japanese or Korean.
 */
export function glyphsOf(environment: Environment = process.env, platform: string = process.platform): Glyphs {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''
  const unicode = platform === 'win32' ? Boolean(environment.WT_SESSION) : /utf-?8/i.test(locale)
  const plain = environment.TERM === 'linux' || environment.TERM === 'dumb'
  return unicode && !plain && !/^(zh|ja|ko)/.test(locale) ? blocks : ascii
}
