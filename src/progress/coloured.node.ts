import { styleText } from 'node:util'
import type { Paint } from './style.js'

const formats = { strong: 'bold', faint: 'dim', training: 'cyan', validation: 'green' } as const

/**
 * Paints a text for terminals with colours. `colorOf` detects these, because `styleText` supports only streams of Node.
 */
export const coloured: Paint = (text, style) =>
  style === 'plain' || text === '' ? text : styleText(formats[style], text, { validateStream: false })
