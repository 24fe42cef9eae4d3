import type { ErrorCode } from '../../errors.js'
import type { PictureFile } from '../decode/formats/PictureFile.js'
import type { PictureColour } from '../loader/look/PictureLook.js'

/** What `inspectDataset` finds: plain data, which JSON can hold. */
export interface DatasetInspection {
  /** One for each data set, in their order. */
  readonly sets: readonly SetInspection[]
  /** Pictures that are there more than once, within a set and across them. A picture is in one group at most. */
  readonly duplicates: readonly DuplicateGroup[]
}

export interface SetInspection {
  /** The name that it was given by, such as 'validation'; 'train' for one that was given alone. */
  readonly name: string
  readonly pictures: number
  readonly unreadable: readonly UnreadablePicture[]
  readonly classes: readonly ClassInspection[]
  /** Readable pictures of the largest class for each of the smallest one that has any: 1 is balanced. */
  readonly imbalance: number
  /** In pixels, of the pictures that can be read, as they are seen; undefined where there is none. */
  readonly width: Spread | undefined
  readonly height: Spread | undefined
  /** Pictures whose longer side is four times the shorter one or more: a square of them shows little. */
  readonly elongated: readonly (PictureName & { readonly width: number; readonly height: number })[]
  /** Pictures by what their bytes are, whatever their names say. */
  readonly formats: Readonly<Partial<Record<PictureFile['format'], number>>>
  readonly colours: Readonly<Partial<Record<PictureColour, number>>>
  /** Pictures whose EXIF orientation turns or mirrors them. */
  readonly turned: number
}

export interface PictureName {
  /** The place among the samples of its data set. */
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
  /** How many of them cannot be read. */
  readonly unreadable: number
}

export interface Spread {
  readonly least: number
  readonly median: number
  readonly most: number
}

export interface DuplicateGroup {
  /** 'file': the same bytes. 'pixels': other bytes, the same pixels. 'near': at least one picture only looks like another. */
  readonly kind: 'file' | 'pixels' | 'near'
  readonly acrossSets: boolean
  /** The same picture under several labels: one of them is likely wrong. */
  readonly differentClasses: boolean
  readonly pictures: readonly DuplicatePicture[]
}

export interface DuplicatePicture extends PictureName {
  readonly set: string
  readonly class: string
  /** How much it looks like the first of the group: the correlation of their colours at 16 x 16 pixels, 1 for the first. */
  readonly likeness: number
}
