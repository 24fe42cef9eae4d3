import type { RemoteFile } from '../io/download/RemoteFile.js'

/** Published weights, as data: what they are, where they come from and how to know them. */
export interface WeightRecord {
  /** As people ask for them: `'IMAGENET1K_V1'`. */
  readonly name: string
  /** The same weights in one or more files. The first that can be had is taken. */
  readonly files: readonly WeightFile[]
  /** SPDX identifier. */
  readonly licence: string
  /** Who made them: a page to read. */
  readonly origin: string
}

export interface WeightFile extends RemoteFile {
  readonly bytes: number
  readonly sha256: string
}
