import { ascii, blocks, type Glyphs } from './glyphs.js'

/** As much of a Node stream as progress needs: `process.stderr`, a file, a socket. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  hasColors?(): boolean
  on?(event: 'resize', listener: () => void): unknown
  off?(event: 'resize', listener: () => void): unknown
}

type Environment = Readonly<Record<string, string | undefined>>

/** Columns of the terminal, 20 to 300; 80 where it does not say. */
export const widthOf = ({ columns }: Output): number => Math.min(Math.max(columns || 80, 20), 300)

/** https://no-color.org, https://force-color.org: set and not empty; `FORCE_COLOR=0` is off. */
export function colorOf(stream: Output, environment: Environment = process.env): boolean {
  if (environment.FORCE_COLOR) return !['0', 'false'].includes(environment.FORCE_COLOR)
  if (environment.NO_COLOR || environment.TERM === 'dumb') return false
  return stream.hasColors?.() ?? false
}

/** Block characters where the locale has them, one column wide: in UTF-8, but not in Chinese, Japanese or Korean. */
export function glyphsOf(environment: Environment = process.env, platform: string = process.platform): Glyphs {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''
  const unicode = platform === 'win32' ? Boolean(environment.WT_SESSION) : /utf-?8/i.test(locale)
  const plain = environment.TERM === 'linux' || environment.TERM === 'dumb'
  return unicode && !plain && !/^(zh|ja|ko)/.test(locale) ? blocks : ascii
}
