import { type DownloadedFile, downloadFile } from '../io/download/downloadFile.js'
import type { DownloadOptions } from '../io/download/RemoteFile.js'
import type { WeightRecord } from './WeightRecord.js'

/**
 * Returns the bytes of published weights: from the cache, or downloaded into it.
 *
 * @throws FineTuneError those of `downloadFile`
 */
export const downloadWeights = (record: WeightRecord, options: DownloadOptions = {}): Promise<DownloadedFile> =>
  downloadFile(`the weights ${record.name}`, record.files, options)
