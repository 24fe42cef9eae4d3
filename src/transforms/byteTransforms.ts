/** The transforms that replace each byte by another one, whatever its image. */

export { randomInvert } from './randomInvert.js'
export { randomPosterize } from './randomPosterize.js'
export { randomSolarize } from './randomSolarize.js'
