/** The published policies of augmentation. */

export { augMix } from './augMix.js'
export { autoAugment } from './autoAugment.js'
export { randAugment } from './randAugment.js'
export { trivialAugmentWide } from './trivialAugmentWide.js'
