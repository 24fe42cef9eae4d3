import type { FeaturePrecisionEvent } from '../finetune/record/events.js'

/** Returns `features in int8, 6.0 % beside float32 on 32 images, mean cosine 0.998`. */
export const precisionLine = ({ precision, relativeError, images, cosine }: FeaturePrecisionEvent): string =>
  `features in ${precision}, ${(100 * relativeError).toFixed(1)} % beside float32 on ${images} images, mean cosine ${cosine.toFixed(3)}`
