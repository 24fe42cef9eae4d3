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

export interface WeightFile {
  /** Its name in the cache. */
  readonly file: string
  /** Where it is, in the order of trying. */
  readonly urls: readonly string[]
  readonly bytes: number
  /** SHA-256 in lower-case hex digits: all 64, or as many of the first as are known, at least 8. */
  readonly sha256: string
}

export type DownloadEvent =
  /** Bytes arrived. `received` counts those of an earlier attempt as well. */
  | {
      readonly type: 'download'
      readonly file: string
      readonly url: string
      readonly received: number
      readonly total: number
    }
  /** An address did not give the file; the next one is tried. */
  | { readonly type: 'downloadFailed'; readonly file: string; readonly url: string; readonly problem: string }
  /** The file was checked and is kept. */
  | { readonly type: 'downloaded'; readonly file: string; readonly path: string }

export interface DownloadOptions {
  readonly onProgress?: ((event: DownloadEvent) => void) | undefined
  /** Where downloads are kept. Default: $ONNX_FINETUNE_CACHE, or the platform's place for caches. */
  readonly cacheDirectory?: string | undefined
  readonly signal?: AbortSignal | undefined
}
