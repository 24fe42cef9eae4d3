/** The transforms that are made of others, at random. */

export { randomApply } from './randomApply.js'
export { randomChoice } from './randomChoice.js'
export { randomOrder } from './randomOrder.js'
