/** The transforms that move the pixels of an image at random, beside crops, flips and rotations. */

export { elasticTransform } from './elasticTransform.js'
export { randomAffine } from './randomAffine.js'
export { randomPerspective } from './randomPerspective.js'
