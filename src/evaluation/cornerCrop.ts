import { fiveCrop } from '../transforms/fiveCrop.js'
import type { RgbImage } from '../transforms/rgbImage.js'
import type { Transform } from '../transforms/transform.js'

/** The corners, in the order of `fiveCrop`. */
export const CORNERS = ['topLeft', 'topRight', 'bottomLeft', 'bottomRight'] as const

/**
 * Crops a square at a corner of an image, which is not smaller. torchvision: one of the results of `v2.FiveCrop(side)`.
 * It is not among the built-in transforms, which every page that classifies loads: it runs in the thread that evaluates.
 */
export const cornerCrop = (side: number, corner: (typeof CORNERS)[number]): Transform<RgbImage, RgbImage> => ({
  name: 'cornerCrop',
  apply: (image) => fiveCrop(image, side)[CORNERS.indexOf(corner)]!,
})
