/** A file to download, and its digest. */
export interface RemoteFile {
  /** Its name in the cache. */
  readonly file: string
  /** Its addresses, in the order of trying. */
  readonly urls: readonly string[]
  /** Its length in bytes, if it is known. */
  readonly bytes?: number | undefined
  /** Its SHA-256 in lower-case hex digits: all 64, or as many of the first as are known, at least 8. */
  readonly sha256?: string | undefined
  /** Its SHA-1 in lower-case hex digits, for files without a published SHA-256. */
  readonly sha1?: string | undefined
}

export type DownloadEvent =
  /** Bytes arrived. `received` includes those of an earlier attempt; `total` is undefined if the length is unknown. */
  | {
      readonly type: 'download'
      readonly file: string
      readonly url: string
      readonly received: number
      readonly total: number | undefined
    }
  /** An address did not deliver the file; the next one is tried. */
  | { readonly type: 'downloadFailed'; readonly file: string; readonly url: string; readonly problem: string }
  /** The file was checked and is kept. */
  | { readonly type: 'downloaded'; readonly file: string; readonly path: string }

export interface DownloadOptions {
  readonly onProgress?: ((event: DownloadEvent) => void) | undefined
  /** The directory of downloads. Default: $ONNX_FINETUNE_CACHE, or the platform's cache directory. */
  readonly cacheDirectory?: string | undefined
  readonly signal?: AbortSignal | undefined
}
