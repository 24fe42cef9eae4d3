import { styleText } from 'node:util'
import type { Paint } from './style.js'

const formats = { strong: 'bold', faint: 'dim', training: 'cyan', validation: 'green' } as const

/** For terminals with colours: which those are, `colorOf` says, because `styleText` knows streams of Node alone. */
export const coloured: Paint = (text, style) =>
  style === 'plain' || text === '' ? text : styleText(formats[style], text, { validateStream: false })
