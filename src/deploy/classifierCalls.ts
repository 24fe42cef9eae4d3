import type { SentSample } from '../data/loader/sentSample.js'
import type { Classification } from './Classification.js'
import type { EngineSettings } from './ClassifierEngine.js'
import type { ClassifierMetadata } from './metadata.js'

/** An image in a message between threads: the bytes of its file, or its pixels. */
export interface SentImage {
  readonly name: string
  readonly content: SentSample
}

/** The calls that a classifier's worker answers. */
export interface ClassifierCalls {
  /** Opens the file: the first call, made once. */
  open(file: Uint8Array, name: string, settings: EngineSettings): Promise<ClassifierMetadata>
  classify(images: readonly SentImage[], top: number): Promise<Classification[]>
  release(): Promise<void>
}
