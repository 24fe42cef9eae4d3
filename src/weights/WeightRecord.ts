import type { RemoteFile } from '../io/download/RemoteFile.js'

/** Published weights, as data: name, source and digests. */
export interface WeightRecord {
  /** The name by which they are requested: `'IMAGENET1K_V1'`. */
  readonly name: string
  /** The same weights in one or more files. The first available one is used. */
  readonly files: readonly WeightFile[]
  /** The SPDX identifier of the licence. */
  readonly licence: string
  /** The page of their authors. */
  readonly origin: string
}

/** A file of published weights, which is never used unverified: its SHA-256 is known, or the first digits of it. */
export interface WeightFile extends RemoteFile {
  readonly sha256: string
}
