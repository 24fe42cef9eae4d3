export interface ClassEntry {
  readonly id: string
  readonly name: string
}

export type Split = 'train' | 'validation'

/** An image without its bytes, which storage holds. */
export interface ImageEntry {
  readonly id: string
  /** The name of its file. */
  readonly name: string
  readonly classId: string
  /** The part of the images that it belongs to, decided at the first training and kept since. */
  readonly split?: Split
  /** True if its label was confirmed by hand: it is not suspected again. */
  readonly confirmed?: boolean
}

export type NetworkName = 'small' | 'resnet18'
export type Mode = 'head' | 'full'

export interface Settings {
  readonly network: NetworkName
  readonly mode: Mode
  readonly epochs: Readonly<Record<Mode, number>>
  readonly batchSize: number
}

/** One epoch of the curves. */
export interface EpochPoint {
  readonly trainLoss: number
  readonly trainAccuracy: number
  readonly validationLoss?: number
  readonly validationAccuracy?: number
}

/** The network's answer for an image whose class is known. */
export interface JudgedImage {
  readonly id: string
  readonly classId: string
  readonly predictedId: string
  /** The probability of the predicted class. */
  readonly score: number
}

/** The outcome of a training; the classifier itself is in storage. */
export interface Result {
  /** The classes as they were then. */
  readonly classes: readonly ClassEntry[]
  readonly epochs: readonly EpochPoint[]
  /** The validation images, as judged at the end. */
  readonly judged: readonly JudgedImage[]
  readonly accuracy?: number
  readonly images: number
  readonly seconds: number
  readonly network: NetworkName
  readonly mode: Mode
  readonly stopped: boolean
  /** The execution provider that was chosen: `webgpu`, `wasm`. */
  readonly provider?: string
}

export interface Suspect {
  readonly id: string
  readonly suggestedId: string
  /** The probability of the suggested class. */
  readonly score: number
}

export interface DuplicateImages {
  readonly kind: 'file' | 'pixels' | 'near'
  readonly ids: readonly string[]
}

/** Images to look at. */
export interface Review {
  readonly suspects: readonly Suspect[]
  readonly duplicates: readonly DuplicateImages[]
  readonly unreadable: readonly string[]
}

export interface ClassScore {
  readonly label: string
  readonly score: number
}

/** The classifier's answer for an image. */
export interface Answer {
  /** The classes, the most probable first. */
  readonly scores: readonly ClassScore[]
  /** True if the image is likely of none of the classes. */
  readonly isUnknown: boolean
}
