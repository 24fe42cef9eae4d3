import type { Preprocessing } from '../backbones/Backbone.js'
import { centerCrop } from '../transforms/centerCrop.js'
import { compose } from '../transforms/compose.js'
import { normalize } from '../transforms/normalize.js'
import { randomHorizontalFlip } from '../transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../transforms/randomResizedCrop.js'
import { resize } from '../transforms/resize.js'
import { toTensor } from '../transforms/toTensor.js'
import type { AnyTransform } from '../transforms/transform.js'

/** ImageNet's training views: a random part of the picture, of random size and shape, flipped half of the time. */
export const trainingViews = ({ crop, mean, std }: Preprocessing) =>
  compose([randomResizedCrop(crop), randomHorizontalFlip(), toTensor(), normalize(mean, std)])

/** ImageNet's test views: the shorter side scaled to a fixed length, then the centre. */
export const testViews = ({ resize: size, crop, mean, std }: Preprocessing) =>
  compose([resize(size), centerCrop(crop), toTensor(), normalize(mean, std)])

/** The transforms of a run: the user's, or else these. */
export const viewsFor = (
  { preprocessing }: { readonly preprocessing: Preprocessing },
  chosen: {
    readonly trainTransform?: AnyTransform | undefined
    readonly validationTransform?: AnyTransform | undefined
  },
): { readonly train: AnyTransform; readonly validation: AnyTransform } => ({
  train: chosen.trainTransform ?? trainingViews(preprocessing),
  validation: chosen.validationTransform ?? testViews(preprocessing),
})
