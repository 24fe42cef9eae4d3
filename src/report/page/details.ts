import { isListOf, isObject } from '../../arguments.js'
import type { PhaseSummary, RunRecord, RunSettings } from '../../finetune/record/RunRecord.js'
import { isProcessor } from '../../platform/runtimes.js'
import type { TransformSummary } from '../../transforms/parts.js'
import { type Html, html, name } from './html.js'
import { count, decimal, duration, percent, short } from './numbers.js'
import { factTable, longTable } from './table.js'

/** Returns the table of the metrics of each epoch. */
export function epochTable({ epochs }: RunRecord): Html {
  const hasRecall = epochs.some(({ validation }) => validation?.recallAt)
  const head = html`<tr><th>epoch</th><th>training loss</th><th>training accuracy</th><th>validation loss</th><th>validation accuracy</th>${hasRecall && html`<th>recall@1</th>`}<th>images/s</th><th>time</th></tr>`
  const rows = epochs.map(
    ({ epoch, trainLoss, trainAccuracy, validation, examplesPerSecond, seconds }) =>
      html`<tr><td>${epoch}</td><td>${decimal(trainLoss)}</td><td>${percent(trainAccuracy)}</td><td>${decimal(validation?.loss)}</td><td>${percent(validation?.accuracy)}</td>${hasRecall && html`<td>${percent(validation?.recallAt?.[1])}</td>`}<td>${examplesPerSecond.toFixed(1)}</td><td>${duration(seconds)}</td></tr>
`,
  )
  return longTable(head, rows)
}

/** Returns the table of the numbers of images per class. */
export function dataTable({ model, train, validation }: RunRecord): Html {
  const most = Math.max(...train.perClass, 1)
  const head = html`<tr><th>class</th><th>training</th>${validation && html`<th>validation</th>`}<th></th></tr>`
  const rows = model.classes.map(
    (title, i) =>
      html`<tr><td class="name">${name(title)}</td><td>${count(train.perClass[i]!)}</td>${validation && html`<td>${count(validation.perClass[i]!)}</td>`}<td class="bar"><span style="width:${Math.round((train.perClass[i]! / most) * 100)}%"></span></td></tr>
`,
  )
  return html`${factTable([
    ['training images', count(train.samples)],
    ['from', train.directory && name(train.directory)],
    ['validation images', validation && count(validation.samples)],
    ['from', validation?.directory && name(validation.directory)],
    ['classes', count(model.classes.length)],
  ])}${longTable(head, rows)}`
}

/** Returns the table of the images that could not be read. */
export function skippedImages({ epochs }: RunRecord): Html | undefined {
  const skipped = epochs.at(-1)?.skipped ?? []
  if (skipped.length === 0) return undefined
  const rows = skipped.map(
    ({ source, error }) => html`<tr><td class="name">${name(source)}</td><td class="name">${error.message}</td></tr>\n`,
  )
  return html`<h3>Left out, because they could not be read</h3>${longTable(html`<tr><th>image</th><th class="name">why</th></tr>`, rows)}`
}

/** Returns the table of the groups of parameters, with the learning rate of each. */
export function groupTable({ model, settings }: RunRecord): Html {
  const known = new Set(['name', 'params', 'lr', 'size'])
  const extras = [...new Set(settings.groups.flatMap((group) => Object.keys(group)))].filter((key) => !known.has(key))
  const head = html`<tr><th>group</th><th>tensors</th><th>parameters</th><th>learning rate</th>${extras.map((key) => html`<th>${words(key)}</th>`)}</tr>`
  const rows = settings.groups.map((group) => {
    const facts = group as unknown as Readonly<Record<string, unknown>>
    return html`<tr><td class="name">${name(group.name)}</td><td>${group.params.length}</td><td>${count(group.size)}</td><td>${short(group.lr)}</td>${extras.map((key) => html`<td>${plain(facts[key])}</td>`)}</tr>
`
  })
  const frozen = model.parameters - model.trainable
  return html`<p>${count(model.trainable)} of ${count(model.parameters)} parameters are trained${frozen > 0 && `, ${count(frozen)} are frozen`}.</p>
${longTable(head, rows)}`
}

const SAMPLINGS = { balanced: 'each class equally often', weights: 'by a weight for each image' } as const

const samplingText = (sampling: NonNullable<RunSettings['sampling']>): string =>
  typeof sampling === 'object' ? `${sampling.perClass} images of each class of a batch` : SAMPLINGS[sampling]

const LOSSES = {
  crossEntropy: 'cross-entropy',
  binaryCrossEntropy: 'binary cross-entropy',
  focal: 'focal loss',
  meanSquaredError: 'squared error',
  huber: 'Huber loss',
  supervisedContrastive: 'supervised contrastive loss beside cross-entropy',
  triplet: 'triplet loss beside cross-entropy',
} as const

/** The losses of tasks, where none is asked for. */
const DEFAULTS = {
  classification: 'crossEntropy',
  multiLabel: 'binaryCrossEntropy',
  regression: 'meanSquaredError',
} as const

const lossName = ({ settings: { loss }, model: { task = 'classification' } }: RunRecord): string =>
  LOSSES[loss?.type ?? DEFAULTS[task]]

const phaseWords = ({ epochs, trainable, optimizer, groups }: PhaseSummary, i: number): string =>
  `${i + 1}: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, ${count(trainable)} parameters, ${optimizer} at ${groups.map(({ lr }) => short(lr)).join(', ')}`

export function settingsTable(record: RunRecord): Html {
  const { model, settings, warnings = [] } = record
  const { height, width } = model.inputSize
  return factTable([
    ['architecture', model.architecture],
    ['warning', [...(model.warnings ?? []), ...warnings].map(({ message }) => message).join('; ') || undefined],
    ['input', `${height} × ${width} pixels`],
    ['optimizer', settings.optimizer],
    ['learning rate', settings.schedule ? 'moved by a schedule' : 'constant'],
    ['epochs', settings.epochs],
    ['phases', settings.phases?.map(phaseWords).join('; ')],
    ['time budget', settings.budget && `${settings.budget} s`],
    ['batch size', settings.batchSize],
    ['accumulated batches', settings.accumulate > 1 ? settings.accumulate : undefined],
    ['sampling', settings.sampling && samplingText(settings.sampling)],
    ['limited to', trial(settings)],
    ['weights', settings.ema && `moving average, decay ${settings.ema.decay}`],
    ['averaged epochs', settings.swa && `from ${settings.swa.from} on`],
    ['batch norm', settings.batchNorm && 'statistics re-estimated at the end'],
    ['loss', `${lossName(record)}, ${settings.lossReduction} over a batch`],
    ['label smoothing', settings.labelSmoothing],
    ['class weights', settings.classWeights?.map(rounded).join(', ')],
    ['teacher', teaching(settings.distill)],
    ['mixup', mixing(settings.mixup)],
    ['cutmix', mixing(settings.cutmix)],
    ['stochastic depth', settings.stochasticDepth],
    ['seed', settings.seed],
    ['training views', pipeline(settings.trainTransform)],
    ['validation views', settings.validationTransform && pipeline(settings.validationTransform)],
    ['frozen layers', settings.featureViews && frozenText(settings)],
    ['views of an image', settings.featureViews],
    ['unreadable images', settings.onError === 'skip' ? 'left out' : undefined],
    ['decoder', settings.decoder],
    ['EXIF orientation', settings.autoOrient ? 'applied' : 'left alone'],
    ['loading threads', settings.workers],
    ['threads', settings.threads],
    ['runtime', settings.runtime],
    ['execution providers', settings.executionProviders?.join(', ')],
    ...computedWith(record),
  ])
}

const frozenText = ({ featurePrecision }: RunSettings): string =>
  `computed once for all epochs${featurePrecision ? `, for training images in ${featurePrecision}` : ''}`
const rounded = (weight: number): number => Number(weight.toPrecision(3))
const teaching = (distill: RunSettings['distill']): string | undefined =>
  distill && `${distill.teacher}, ${percent(distill.weight)} of the loss, temperature ${distill.temperature}`

const mixing = (kind: { readonly alpha: number; readonly probability: number } | undefined): string | undefined =>
  kind && `alpha ${kind.alpha}, ${kind.probability * 100} % of the batches`

/** Returns the provider that computed and those that were refused, where there was a choice. */
function computedWith({ runtimeReport, settings }: RunRecord): [string, string][] {
  if (!runtimeReport) return []
  const { runtime, provider, adapter, tried } = runtimeReport
  if (settings.executionProviders === undefined && tried.length === 0 && isProcessor(provider)) return []
  return [
    ['computed with', `${provider} (${[runtime, adapter].filter(Boolean).join(', ')})`],
    ...tried.map((refused): [string, string] => [`${refused.provider} not used`, refused.problem]),
  ]
}

const pipeline = (steps: readonly TransformSummary[]): Html =>
  html`<ol>${steps.map(
    ({ name: step, options }) => html`<li>${step}${options && html` <small>${optionsOf(options)}</small>`}</li>`,
  )}</ol>`

const optionsOf = (options: Readonly<Record<string, unknown>>): string =>
  Object.entries(options)
    .map(([key, value]) => `${words(key)} ${optionOf(key, value)}`)
    .join(', ')

/** Splits the name of an option into words: `weightDecay` becomes "weight decay". */
const words = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

/** Formats an option of a transform. Two numbers are the ends of a range, unless it has another meaning. */
function optionOf(key: string, value: unknown): string {
  if (key === 'transforms' && isListOf(value, isSummary))
    return (value as readonly TransformSummary[]).map(inWords).join(', ')
  if (!Array.isArray(value) || value.length !== 2) return plain(value)
  return value.map(plain).join(separators[key] ?? ' to ')
}

/** The text between two numbers that are no range. */
const separators: Readonly<Record<string, string>> = {
  size: ' × ',
  kernelSize: ' × ',
  padding: ', ',
  translate: ', ',
  center: ', ',
  p: ', ',
}

/** Tells whether it is a summary: an own transform may have options of any kind. */
const isSummary = (value: unknown): boolean => isObject(value) && typeof value.name === 'string'

const inWords = ({ name, options }: TransformSummary): string =>
  options && Object.keys(options).length > 0 ? `${name} (${optionsOf(options)})` : name

function plain(value: unknown): string {
  if (typeof value === 'number') return short(value)
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map(plain).join(', ')
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return value === undefined ? '–' : String(value)
}

function trial({ overfitBatches, fastDevRun }: RunRecord['settings']): string | undefined {
  const batches = fastDevRun ?? overfitBatches
  return batches === undefined
    ? undefined
    : `${batches} ${batches === 1 ? 'batch' : 'batches'} of training and validation`
}
