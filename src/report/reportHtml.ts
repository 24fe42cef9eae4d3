import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { RunRecord } from '../finetune/record/RunRecord.js'
import { checkOptions } from '../options.js'
import type { AutomaticRecord } from '../recipe/RecipeReport.js'
import { runKind } from './metrics/runKind.js'
import { curves } from './page/curves.js'
import { dataTable, epochTable, groupTable, settingsTable, skippedImages } from './page/details.js'
import { evaluation } from './page/evaluation.js'
import { type Html, html } from './page/html.js'
import { mistakeCards, surestMistakes } from './page/mistakes.js'
import { page } from './page/page.js'
import { recipe } from './page/recipe.js'
import { scoreCharts } from './page/scoreCharts.js'
import { summary } from './page/summary.js'
import { factTable } from './page/table.js'

export interface ReportOptions {
  /** The title. Default: the architecture and the classes. */
  readonly title?: string | undefined
  /** The command that repeats the run, for readers. Default: none. */
  readonly command?: string | undefined
  /** The number of most confident mistakes to show. @default 24 */
  readonly mistakes?: number | undefined
}

/**
 * Information that only the caller has: versions by name, images of mistakes and what speaks for the wrong class in them,
 * as data URIs by their index.
 */
export interface ReportInfo extends ReportOptions {
  readonly versions?: Readonly<Record<string, string>> | undefined
  readonly images?: ReadonlyMap<number, string> | undefined
  readonly explanations?: ReadonlyMap<number, string> | undefined
}

const areImages = (value: unknown): boolean =>
  value instanceof Map && [...value].every(([index, uri]) => Number.isInteger(index) && typeof uri === 'string')

const imagesSchema = z
  .custom<ReadonlyMap<number, string>>(areImages, 'a Map of data URIs by index')
  .default(() => new Map())
/** The schema of `ReportInfo`. */
export const reportSchema = z.strictObject({
  title: z.string().optional(),
  command: z.string().optional(),
  mistakes: z.int().min(0).default(24),
  versions: z.record(z.string(), z.string()).default({}),
  images: imagesSchema,
  explanations: imagesSchema,
})

/**
 * Formats a run as one standalone HTML page: no network, no script. It works for any outcome: a run that has not ended,
 * that stopped or failed, without validation or with a loss that is NaN, has a report too.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function reportHtml(run: { readonly record: AutomaticRecord }, options: ReportInfo = {}): string {
  checkArgument('reportHtml: run', run, runKind)
  const { record } = run
  const facts = checkOptions(reportSchema, options, 'report')
  const title = facts.title ?? defaultTitle(record)
  const body = html`${summary(record)}
${record.recipe && recipe(record.recipe)}
<h2>Learning</h2>
${curves(record)}
${record.epochs.length > 0 && epochTable(record)}
${results(record, facts)}
<h2>Data</h2>
${dataTable(record)}
${skippedImages(record)}
<h2>Parameter groups</h2>
${groupTable(record)}
<h2>Settings</h2>
${settingsTable(record)}
${facts.command !== undefined && html`<h2>Again</h2><pre><code>${facts.command}</code></pre>`}
${Object.keys(facts.versions).length > 0 && html`<h2>Versions</h2>${factTable(Object.entries(facts.versions))}`}`
  return page(title, body, true)
}

/** Returns the results of the last validation. */
function results(record: RunRecord, facts: z.output<typeof reportSchema>): Html | undefined {
  const last = record.epochs.findLast(({ validation }) => validation)
  if (!last?.validation) return undefined
  const { classes } = record.model
  const mistakes = surestMistakes(record.predictions, facts.mistakes)
  return html`<h2>Validation after epoch ${last.epoch}</h2>
${evaluation(last.validation, classes)}
${scoreCharts(record.predictions, classes)}
${facts.mistakes > 0 && record.predictions.length > 0 && html`<h3>Surest mistakes</h3>${mistakeCards(mistakes, classes, facts)}`}`
}

function defaultTitle({ model: { architecture, classes } }: RunRecord): string {
  const names = classes.length <= 4 ? classes.join(', ') : `${classes.length} classes`
  return `${architecture}: ${names}`
}
