import type { ErrorCode } from '../../errors.js'
import type { ImageColour, ImageFormat } from '../loader/look/ImageLook.js'

/** The result of `inspectDataset`: plain data, which JSON can hold. */
export interface DatasetInspection {
  /** The data sets, in their order. */
  readonly sets: readonly SetInspection[]
  /** Images that occur more than once, within a set and across sets. An image is in one group at most. */
  readonly duplicates: readonly DuplicateGroup[]
}

export interface SetInspection {
  /** The given name, such as 'validation'; 'train' for a data set that was given alone. */
  readonly name: string
  readonly images: number
  readonly unreadable: readonly UnreadableImage[]
  readonly classes: readonly ClassInspection[]
  /** The ratio of readable images of the largest class to those of the smallest nonempty one: 1 is balanced. */
  readonly imbalance: number
  /** Dimensions in pixels of the readable images, after orientation; undefined if there are none. */
  readonly width: Spread | undefined
  readonly height: Spread | undefined
  /** The number of images whose longer side is at least four times the shorter: a square of them shows little. */
  readonly elongated: readonly (ImageName & { readonly width: number; readonly height: number })[]
  /** The number of images per format, by their bytes, not their names; 'pixels' are those that a dataset has decoded. */
  readonly formats: Readonly<Partial<Record<ImageFormat, number>>>
  readonly colours: Readonly<Partial<Record<ImageColour, number>>>
  /** The number of images that their EXIF orientation rotates or mirrors. */
  readonly reoriented: number
}

export interface ImageName {
  /** The index among the samples of its data set. */
  readonly index: number
  readonly source: string
}

export interface UnreadableImage extends ImageName {
  readonly code: ErrorCode
  readonly message: string
}

export interface ClassInspection {
  readonly name: string
  readonly images: number
  /** The number of its images that cannot be read. */
  readonly unreadable: number
}

export interface Spread {
  readonly least: number
  readonly median: number
  readonly most: number
}

export interface DuplicateGroup {
  /**
   * The degree: 'file' the same bytes, 'pixels' other bytes but the same pixels, 'near' at least one only similar
   * image.
   */
  readonly kind: 'file' | 'pixels' | 'near'
  readonly acrossSets: boolean
  /** True if the same image has several labels: one of them is likely wrong. */
  readonly differentClasses: boolean
  readonly images: readonly DuplicateImage[]
}

export interface DuplicateImage extends ImageName {
  readonly set: string
  readonly class: string
  /** The similarity to the first of the group: the correlation of their colours at 16 x 16 pixels, 1 for the first. */
  readonly likeness: number
}
