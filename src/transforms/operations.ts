import { degrees } from './angles.js'
import { brighten, contrast, saturate } from './colorJitter.js'
import type { Color, Interpolation } from './options.js'
import { adjustSharpness } from './randomAdjustSharpness.js'
import { affine, type Move } from './randomAffine.js'
import { autocontrast } from './randomAutocontrast.js'
import { equalize } from './randomEqualize.js'
import { invert } from './randomInvert.js'
import { posterize } from './randomPosterize.js'
import { rotate } from './randomRotation.js'
import { solarize } from './randomSolarize.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'

/** The reading of pixels by the operations that move them. */
export interface Reading {
  readonly interpolation: Interpolation
  readonly fill: Color
}

/** An operation of an augmentation policy. Its magnitude is in its own unit. */
export type Operation = (image: RgbImage, magnitude: number, reading: Reading) => RgbImage

const moved =
  (moveOf: (magnitude: number) => Move): Operation =>
  (image, magnitude, { interpolation, fill }) =>
    affine(image, moveOf(magnitude), interpolation, fill)

const changed =
  (change: (data: Uint8Array, factor: number) => void): Operation =>
  (image, magnitude) => {
    const { data } = contiguousImage(image)
    change(data, 1 + magnitude)
    return rgbImage(data, heightOf(image), widthOf(image))
  }

/** Returns the angle in degrees of a shear by that number of pixels for each pixel. */
const slantOf = (pixels: number): number => degrees(Math.atan(pixels))

/**
 * The operations of AutoAugment and its successors, under torchvision's names, whose magnitudes they take: pixels for each
 * pixel (shear), pixels (translation), degrees, a change of the factor 1 (brightness to sharpness), bits, a share of 255.
 */
export const operations = {
  Identity: (image) => image,
  ShearX: moved((pixels) => ({ shear: [slantOf(pixels), 0], center: [0, 0] })),
  ShearY: moved((pixels) => ({ shear: [0, slantOf(pixels)], center: [0, 0] })),
  TranslateX: moved((pixels) => ({ translate: [Math.trunc(pixels), 0] })),
  TranslateY: moved((pixels) => ({ translate: [0, Math.trunc(pixels)] })),
  Rotate: (image, angle, { interpolation, fill }) => rotate(image, angle, fill, interpolation),
  Brightness: changed(brighten),
  Color: changed(saturate),
  Contrast: changed(contrast),
  Sharpness: (image, magnitude) => adjustSharpness(image, 1 + magnitude),
  Posterize: posterize,
  Solarize: (image, share) => solarize(image, 255 * share),
  AutoContrast: autocontrast,
  Equalize: equalize,
  Invert: invert,
} as const satisfies Record<string, Operation>

export type OperationName = keyof typeof operations
