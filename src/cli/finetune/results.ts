import {
  type AutomaticResult,
  type AutomaticRun,
  type Calibration,
  calibrateModel,
  exportClassifier,
  type FineTuneResult,
  type FineTuneRun,
  type Model,
} from '../../index.js'
import { writeMetrics, writeProject, writeReport, writeTensorBoard, writeWeights } from '../../node.js'
import { cliError } from '../errors.js'
import { demandPlace } from '../files/outputFiles.js'
import { embeddingOf, embeddingOutput } from '../options/embeddingOutput.js'
import { choice, directory, file, flag, type Options, section, type Values } from '../options/options.js'
import { type Images, joinedSets } from './images.js'

export const resultOptions = section('Results', {
  export: file('write a classifier that predict, evaluate and every ONNX Runtime take', {
    otherwise: 'classifier.onnx, if no --save or --save-project is given either',
  }),
  precision: choice(['float32', 'float16'], 'float16 halves that file', { default: 'float32' }),
  'embedding-output': embeddingOutput,
  calibrate: flag('calibrate its probabilities on the validation images, so that predict can say "none of these"', {}),
  'save-project': file('write images, labels and classifier as one project, NAME.finetune.zip', {}),
  save: file('write the weights as safetensors, for export, for torchvision, or for a run that goes on', {}),
  report: file('write a page with curves, confusions and the surest mistakes', {}),
  explanations: flag(
    'show in it below each mistake what the network looked at; takes as long as predicting 50 images for each of up to 24 mistakes',
    {},
  ),
  metrics: directory('write metrics.csv, a row for each epoch, and steps.csv into DIR', {}),
  tensorboard: directory('write an event file for TensorBoard into DIR', {}),
} satisfies Options)

type Results = Values<typeof resultOptions> & {
  /** True if only files that are named are written. */
  readonly 'fast-dev-run'?: boolean | undefined
}

/** Demands before the training that its results can be written after it. */
export async function demandPlaces({ export: classifier, save, report, ...more }: Results): Promise<void> {
  const places = {
    '--export': classifier,
    '--save': save,
    '--report': report,
    '--save-project': more['save-project'],
  }
  if (more.explanations && report === undefined)
    throw cliError('cli/bad-option', {
      option: '--explanations',
      expected: 'with --report FILE, which has them',
      received: true,
    })
  for (const [option, path] of Object.entries(places)) if (path !== undefined) await demandPlace(option, path)
}

export type AnyRun = AutomaticRun | FineTuneRun

export interface Training {
  readonly model: Model
  readonly run: AnyRun
  readonly images: Images
  /** The command that repeats the run, for the report. */
  readonly command: string
}

/** A written file: a description of it, and its path. */
export type Written = readonly [what: string, path: string]

/** Writes the files of a finished run. Weights come first, so that a later failure does not lose them. */
export async function writeResults(
  training: Training,
  result: AutomaticResult | FineTuneResult,
  options: Results,
  signal: AbortSignal,
): Promise<Written[]> {
  const records = recordsOf(training, options, signal)
  for (const { write } of records) await write()
  const written = records.map(({ what, path }): Written => [what, path])
  const [classifier, project] = [classifierOf(options), options['save-project']]
  if (classifier === undefined && project === undefined) return written
  const { model, images } = training
  const calibration = await calibrationOf(training, result, options, signal)
  const [precision, embedding] = [options.precision, embeddingOf(options['embedding-output'])]
  const bytes = await exportClassifier(model, classifier, { precision, calibration, embedding, signal })
  if (project !== undefined) await writeProject({ ...joinedSets(images), classifier: bytes }, project, { signal })
  const exported: Written[] = classifier === undefined ? [] : [['classifier', classifier]]
  return [...exported, ...(project === undefined ? [] : [['project', project] as const]), ...written]
}

async function calibrationOf(
  { model, images: { validation } }: Training,
  result: AutomaticResult | FineTuneResult,
  options: Results,
  signal: AbortSignal,
): Promise<Calibration | undefined> {
  if ('recipe' in result && !options.calibrate) return result.recipe.calibration
  if (!options.calibrate || !validation) return undefined
  // Images that cannot be read have ended the run, or were to be left out.
  return calibrateModel(model, validation, { onError: 'skip', signal })
}

/**
 * Saves a run that did not finish, or whose results could not all be written: the weights of the last step, in a file
 * of their own if none was requested, and the records of the run. Files that cannot be written now either are reported
 * too.
 *
 * @returns a line for each file
 */
export async function rescue(training: Training, options: Results): Promise<string[]> {
  const file = classifierOf(options) ?? options['save-project']
  const { save = file?.replace(/(\.onnx|(\.finetune)?\.zip)?$/, '.safetensors') } = options
  const lines: string[] = []
  for (const { what, path, write } of recordsOf(training, { ...options, save, explanations: false })) {
    const outcome = await write().then(
      () => path,
      (error: Error) => error.message,
    )
    lines.push(`${what} up to the last step: ${outcome}`)
  }
  return lines
}

function classifierOf({ export: classifier, save, ...more }: Results): string | undefined {
  const isNamed = save !== undefined || more['save-project'] !== undefined
  return classifier ?? (isNamed || more['fast-dev-run'] ? undefined : 'classifier.onnx')
}

/** A file or directory of the results of a run. */
interface RunFile {
  readonly what: string
  readonly path: string
  write(): Promise<unknown>
}

function recordsOf({ model, run, command }: Training, options: Results, signal?: AbortSignal): RunFile[] {
  const explain = options.explanations ? model : undefined
  const files: readonly [what: string, path: string | undefined, write: (path: string) => Promise<unknown>][] = [
    ['weights', options.save, (path) => writeWeights(model, path)],
    ['report', options.report, (path) => writeReport(run, path, { command, explain, signal })],
    ['metrics', options.metrics, (path) => writeMetrics(run, path)],
    ['tensorboard', options.tensorboard, (path) => writeTensorBoard(run, path)],
  ]
  return files.flatMap(([what, path, write]) => (path === undefined ? [] : [{ what, path, write: () => write(path) }]))
}
