import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import type { FineTuneRun } from '../finetune/fineTune.js'
import type { RunRecord } from '../finetune/record/RunRecord.js'
import { diskProblem } from '../platform/diskProblem.js'
import type { AutomaticRecord } from '../recipe/RecipeReport.js'
import { reportError } from './errors.js'
import { metricsCsv, stepsCsv } from './metrics/metricsCsv.js'
import { runKind } from './metrics/runKind.js'
import { surestMistakes } from './page/mistakes.js'
import { checkReportOptions, type ReportOptions, reportHtml } from './reportHtml.js'
import { tensorBoardEvents } from './tensorboard/tensorBoardEvents.js'
import { thumbnails } from './thumbnails.js'
import { versions } from './versions.node.js'

/** A run, or its record: without `datasets` mistakes are shown without images. */
export type ReportSource = { readonly record: AutomaticRecord } & Partial<Pick<FineTuneRun, 'datasets'>>

/**
 * Writes a run as one standalone HTML file, with images of its mistakes.
 *
 *     const run = fineTune(model, { train, validation, optimizer })
 *     try { await showProgress(run) } finally { await writeReport(run, 'report.html') }
 *
 * @throws FineTuneError 'options/invalid', 'report/cannot-write'
 */
export async function writeReport(run: ReportSource, path: string | URL, options: ReportOptions = {}): Promise<void> {
  checkArgument('writeReport: run', run, runKind)
  checkArgument('writeReport: path', path, kinds.place)
  const { mistakes } = checkReportOptions(options)
  const { record, datasets } = run
  const shown = surestMistakes(record.predictions, mistakes).map(({ index }) => index)
  const images = datasets?.validation && (await thumbnails(datasets.validation, shown, record.settings))
  const facts = { ...options, images, versions: await versions(record.settings.runtime) }
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
