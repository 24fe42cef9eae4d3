/** A file to be had from the network, and how to know it. */
export interface RemoteFile {
  /** Its name in the cache. */
  readonly file: string
  /** Where it is, in the order of trying. */
  readonly urls: readonly string[]
  /** Its length, if it is known. */
  readonly bytes?: number | undefined
  /** SHA-256 in lower-case hex digits: all 64, or as many of the first as are known, at least 8. */
  readonly sha256?: string | undefined
  /** SHA-1 in lower-case hex digits, for files of which nothing better is published. */
  readonly sha1?: string | undefined
}

export type DownloadEvent =
  /** Bytes arrived. `received` counts those of an earlier attempt as well; `total` is undefined where nobody knows it. */
  | {
      readonly type: 'download'
      readonly file: string
      readonly url: string
      readonly received: number
      readonly total: number | undefined
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
