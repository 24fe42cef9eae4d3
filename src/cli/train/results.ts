import { writeFile } from 'node:fs/promises'
import { exportClassifier, type FineTuneRun, type Model, saveWeights } from '../../index.js'
import { writeMetrics, writeReport, writeTensorBoard } from '../../node.js'
import { choice, directory, file, type Options, section, type Values } from '../options.js'
import { demandPlace } from '../outputFiles.js'

export const resultOptions = section('Results', {
  export: file('write a classifier that predict, evaluate and every ONNX Runtime take', {
    otherwise: 'classifier.onnx, if no --save is given either',
  }),
  precision: choice(['float32', 'float16'], 'float16 halves that file', { default: 'float32' }),
  save: file('write the weights as safetensors, for export, for torchvision, or for a run that goes on', {}),
  report: file('write a page with curves, confusions and the surest mistakes', {}),
  metrics: directory('write metrics.csv, a row for each epoch, and steps.csv into DIR', {}),
  tensorboard: directory('write an event file for TensorBoard into DIR', {}),
} satisfies Options)

type Results = Values<typeof resultOptions>

/** Says before the training that a result could not be written after it. */
export async function demandPlaces({ export: classifier, save, report }: Results): Promise<void> {
  const places = { '--export': classifier, '--save': save, '--report': report }
  for (const [option, path] of Object.entries(places)) if (path !== undefined) await demandPlace(option, path)
}

export interface Training {
  readonly model: Model
  readonly run: FineTuneRun
  /** The command that repeats the run, for the report. */
  readonly command: string
}

/** A file, and what it is. */
export type Written = readonly [what: string, path: string]

/** What a finished run leaves behind. */
export async function writeResults(training: Training, options: Results, signal: AbortSignal): Promise<Written[]> {
  const { save, precision } = options
  const classifier = options.export ?? (save === undefined ? 'classifier.onnx' : undefined)
  if (classifier !== undefined) await exportClassifier(training.model, classifier, { precision, signal })
  return [
    ...(classifier === undefined ? [] : [['classifier', classifier] as const]),
    ...(await writeRecords(training, options)),
  ]
}

/** What a run leaves behind that did not come to its end as well: weights of the last step, and how it went. */
export async function writeRecords({ model, run, command }: Training, options: Results): Promise<Written[]> {
  const { save, report, metrics, tensorboard } = options
  if (save !== undefined) await writeFile(save, saveWeights(model))
  if (report !== undefined) await writeReport(run, report, { command })
  if (metrics !== undefined) await writeMetrics(run, metrics)
  if (tensorboard !== undefined) await writeTensorBoard(run, tensorboard)
  return Object.entries({ weights: save, report, metrics, tensorboard }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
}
