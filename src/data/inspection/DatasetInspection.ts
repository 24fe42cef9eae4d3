import type { ErrorCode } from '../../errors.js'
import type { PictureFile } from '../decode/formats/PictureFile.js'
import type { PictureColour } from '../loader/look/PictureLook.js'

/** The result of `inspectDataset`: plain data, which JSON can hold. */
export interface DatasetInspection {
  /** The data sets, in their order. */
  readonly sets: readonly SetInspection[]
  /** Pictures that occur more than once, within a set and across sets. A picture is in one group at most. */
  readonly duplicates: readonly DuplicateGroup[]
}

export interface SetInspection {
  /** The given name, such as 'validation'; 'train' for a data set that was given alone. */
  readonly name: string
  readonly pictures: number
  readonly unreadable: readonly UnreadablePicture[]
  readonly classes: readonly ClassInspection[]
  /** The ratio of readable pictures of the largest class to those of the smallest nonempty one: 1 is balanced. */
  readonly imbalance: number
  /** Dimensions in pixels of the readable pictures, after orientation; undefined if there are none. */
  readonly width: Spread | undefined
  readonly height: Spread | undefined
  /** The number of pictures whose longer side is at least four times the shorter: a square of them shows little. */
  readonly elongated: readonly (PictureName & { readonly width: number; readonly height: number })[]
  /** The number of pictures per format, by their bytes, not their names. */
  readonly formats: Readonly<Partial<Record<PictureFile['format'], number>>>
  readonly colours: Readonly<Partial<Record<PictureColour, number>>>
  /** The number of pictures that their EXIF orientation rotates or mirrors. */
  readonly turned: number
}

export interface PictureName {
  /** The index among the samples of its data set. */
  readonly index: number
  readonly source: string
}

export interface UnreadablePicture extends PictureName {
  readonly code: ErrorCode
  readonly message: string
}

export interface ClassInspection {
  readonly name: string
  readonly pictures: number
  /** The number of its pictures that cannot be read. */
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
   * picture.
   */
  readonly kind: 'file' | 'pixels' | 'near'
  readonly acrossSets: boolean
  /** True if the same picture has several labels: one of them is likely wrong. */
  readonly differentClasses: boolean
  readonly pictures: readonly DuplicatePicture[]
}

export interface DuplicatePicture extends PictureName {
  readonly set: string
  readonly class: string
  /** The similarity to the first of the group: the correlation of their colours at 16 x 16 pixels, 1 for the first. */
  readonly likeness: number
}
