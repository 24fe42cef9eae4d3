import { checkArgument, kinds } from '../../arguments.js'

/** The milliseconds after which a browser has begun to read what it was given. */
const BEGUN = 60_000

/**
 * Offers bytes as a download: the browser asks where to save them, or saves them, as it does with every file.
 *
 * @param name the name of the file
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts given=model
 * import { exportClassifier } from 'onnx-finetune'
 * import { downloadFile } from 'onnx-finetune/web'
 *
 * downloadFile(await exportClassifier(model), 'classifier.onnx')
 * ```
 */
export function downloadFile(bytes: Uint8Array, name: string): void {
  checkArgument('downloadFile: bytes', bytes, kinds.bytes)
  checkArgument('downloadFile: name', name, kinds.name)
  const address = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), BEGUN)
}
