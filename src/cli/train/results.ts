import { writeFile } from 'node:fs/promises'
import { exportClassifier, type FineTuneRun, type Model, saveWeights } from '../../index.js'
import { choice, file, type Options, section, type Values } from '../options.js'
import { demandPlace } from '../outputFiles.js'

export const resultOptions = section('Results', {
  export: file('write a classifier that predict, evaluate and every ONNX Runtime take', {
    otherwise: 'classifier.onnx, if no --save is given either',
  }),
  precision: choice(['float32', 'float16'], 'float16 halves that file', { default: 'float32' }),
  save: file(
    'write the weights as safetensors, for export, torchvision or a run that goes on; an interrupted run writes them too',
    {},
  ),
} satisfies Options)

type Results = Values<typeof resultOptions>

/** Says before the training that a result could not be written after it. */
export async function demandPlaces({ export: classifier, save }: Results): Promise<void> {
  const places = { '--export': classifier, '--save': save }
  for (const [option, path] of Object.entries(places)) if (path !== undefined) await demandPlace(option, path)
}

export interface Trained {
  readonly model: Model
  readonly run: FineTuneRun
}

/** Writes what is asked for. @returns paths, with what they are */
export async function writeResults(
  { model }: Trained,
  options: Results,
  signal: AbortSignal,
): Promise<[path: string, what: string][]> {
  const { save, precision } = options
  const classifier = options.export ?? (save === undefined ? 'classifier.onnx' : undefined)
  const written: [string, string][] = []
  if (save !== undefined) written.push(await writeWeights(model, save))
  if (classifier !== undefined) {
    await exportClassifier(model, classifier, { precision, signal })
    written.push([classifier, 'classifier'])
  }
  return written
}

export async function writeWeights(model: Model, path: string): Promise<[path: string, what: string]> {
  await writeFile(path, saveWeights(model))
  return [path, 'weights']
}
