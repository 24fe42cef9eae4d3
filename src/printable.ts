import { shown } from './shown.js'

/** Control characters of terminals (C0, DEL, C1), of the direction of writing, and line ends that JSON lets through. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * Escapes text of unknown origin, such as the name of a file, for a terminal, on one line: characters that would move
 * the cursor, colour the text after them, end the line or change its direction become their escape in JSON (`\u001b`).
 * Inside JSON its value is unchanged. Values that are not text are described.
 */
export const printable = (text: unknown): string =>
  (typeof text === 'string' ? text : shown(text)).replaceAll(CONTROLS, escaped)

function escaped(control: string): string {
  const [short] = /\\[nrt]/.exec(JSON.stringify(control)) ?? []
  return short ?? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
}
