/** The transforms that replace each byte by another one, depending on the histogram of its channel. */

export { randomAutocontrast } from './randomAutocontrast.js'
export { randomEqualize } from './randomEqualize.js'
