import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import type { RunRecord } from '../finetune/record/RunRecord.js'
import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import { type Model, modelKind } from '../model/Model.js'
import { demandTask } from '../model/task.js'
import { checkOptions } from '../options.js'
import { diskProblem } from '../platform/diskProblem.js'
import type { AutomaticRecord } from '../recipe/RecipeReport.js'
import { reportError } from './errors.js'
import { explainMistakes } from './explainMistakes.js'
import { metricsCsv, stepsCsv } from './metrics/metricsCsv.js'
import { runKind } from './metrics/runKind.js'
import { surestMistakes } from './page/mistakes.js'
import { type ReportOptions, reportHtml, reportSchema } from './reportHtml.js'
import { tensorBoardEvents } from './tensorboard/tensorBoardEvents.js'
import { thumbnails } from './thumbnails.js'
import { versions } from './versions.node.js'

/** A run, or its record: without `datasets` mistakes are shown without images. */
export type ReportSource = { readonly record: AutomaticRecord } & Partial<Pick<FineTuneRun, 'datasets'>>

const fileSchema = reportSchema.extend({
  explain: z.custom<Model>(modelKind.is, modelKind.expected).optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

export interface WriteReportOptions extends ReportOptions {
  /**
   * The trained model, of classification: then each mistake also shows which parts of the image speak for the wrong class,
   * as `explain` finds them. The network runs 50 times for each, on the images of the run's `datasets`, with the runtime
   * and the threads of the run. Default: not shown.
   */
  readonly explain?: Model | undefined
  /** Ends the writing with its reason, before the file is touched. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Writes a run as one standalone HTML file, with images of its mistakes.
 *
 *     const run = fineTune(model, { train, validation, optimizer })
 *     try { await showProgress(run) } finally { await writeReport(run, 'report.html') }
 *
 * @throws FineTuneError 'options/invalid', 'report/cannot-write', the signal's reason
 */
export async function writeReport(
  run: ReportSource,
  path: string | URL,
  options: WriteReportOptions = {},
): Promise<void> {
  checkArgument('writeReport: run', run, runKind)
  checkArgument('writeReport: path', path, kinds.place)
  const { explain: model, signal, ...said } = checkOptions(fileSchema, options, 'report')
  if (model) demandTask(model, 'classification', 'writeReport: explain')
  const { record, datasets } = run
  const shown = surestMistakes(record.predictions, said.mistakes)
  const validation = datasets?.validation
  const indices = shown.map(({ index }) => index)
  const images = validation && (await thumbnails(validation, indices, record.settings))
  const explanations =
    validation && model && (await explainMistakes(model, validation, shown, { settings: record.settings, signal }))
  signal?.throwIfAborted()
  const facts = { ...said, images, explanations, versions: await versions(record.settings.runtime) }
  await write(path, reportHtml({ record }, facts))
}

/**
 * Writes `metrics.csv`, a row for each epoch, and `steps.csv`, a row for each step, to a directory, which is created if
 * necessary. `metricsCsv` and `stepsCsv` describe the columns.
 * @throws FineTuneError 'report/cannot-write'
 */
export async function writeMetrics(run: { readonly record: RunRecord }, directory: string): Promise<void> {
  checkArgument('writeMetrics: run', run, runKind)
  checkArgument('writeMetrics: directory', directory, kinds.name)
  await make(directory)
  await write(join(directory, 'metrics.csv'), metricsCsv(run))
  await write(join(directory, 'steps.csv'), stepsCsv(run))
}

/**
 * Writes an event file for TensorBoard (`tensorboard --logdir <directory>`) to a directory of the run's own, which is
 * created if necessary. `tensorBoardEvents` describes the scalars.
 * @returns the path of the file
 * @throws FineTuneError 'report/cannot-write'
 */
export async function writeTensorBoard(run: { readonly record: RunRecord }, directory: string): Promise<string> {
  checkArgument('writeTensorBoard: run', run, runKind)
  checkArgument('writeTensorBoard: directory', directory, kinds.name)
  await make(directory)
  const seconds = Math.floor((run.record.startedAt ?? 0) / 1000)
  const path = join(directory, `events.out.tfevents.${seconds}.onnx-finetune`)
  await write(path, tensorBoardEvents(run))
  return path
}

const make = (directory: string): Promise<unknown> =>
  mkdir(directory, { recursive: true }).catch((cause) => fail(directory, cause))

async function write(path: string | URL, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  await writeBytes(path, [bytes]).catch((cause) => fail(path, cause))
}

function fail(path: string | URL, cause: unknown): never {
  throw reportError('report/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
}
