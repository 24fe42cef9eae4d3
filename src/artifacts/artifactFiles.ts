/** The file names that the official tool uses. */
const FILES = {
  trainingModel: 'training_model.onnx',
  evalModel: 'eval_model.onnx',
  optimizerModel: 'optimizer_model.onnx',
  checkpoint: 'checkpoint',
} as const

/** Returns the locations of the four files of a directory. */
export function artifactFiles(directory: string | URL): Record<keyof typeof FILES, string | URL> {
  const base = String(directory).replace(/\/?$/, '/')
  const at = (file: string) => (directory instanceof URL ? new URL(file, base) : `${base}${file}`)
  return {
    trainingModel: at(FILES.trainingModel),
    evalModel: at(FILES.evalModel),
    optimizerModel: at(FILES.optimizerModel),
    checkpoint: at(FILES.checkpoint),
  }
}
