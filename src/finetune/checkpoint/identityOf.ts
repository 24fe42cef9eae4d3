import type { ImageDataset } from '../../data/dataset/dataset.js'
import { isPerClass, sampleWeights } from '../../data/loader/sampling.js'
import { tableOf } from '../../data/samples/lazySamples.js'
import { digestOfJson } from '../../io/download/digest.js'
import type { Model } from '../../model/Model.js'
import type { Schedule } from '../../optim/schedules.js'
import { finetuneError } from '../errors.js'
import { featurePrecisionOf } from '../options/featureOptions.js'
import type { CheckedOptions } from '../options/options.js'
import { settingsOf } from '../record/summaries.js'

/** Returns the identity of the images of a data set: classes, names and labels; not the contents of the files. */
async function datasetIdentity({ classes, samples, ...more }: ImageDataset) {
  const { directory = '' } = more as { directory?: string }
  const { length, sampleAt } = tableOf(samples)
  const named = (index: number) => {
    const { source, label, labels, values } = sampleAt(index)
    // The same folder in another place is the same data set.
    const name = source.startsWith(directory) ? source.slice(directory.length).replaceAll('\\', '/') : source
    return [name, label, ...(labels || values ? [labels ?? null, values ?? null] : [])]
  }
  const digests: string[] = []
  for (let from = 0; from < Math.max(length, 1); from += AT_ONCE)
    digests.push(
      await digestOfJson(Array.from({ length: Math.min(AT_ONCE, length - from) }, (_, i) => named(from + i))),
    )
  return {
    classes: [...classes],
    samples: length,
    names: digests.length === 1 ? digests[0] : await digestOfJson(digests),
  }
}

/** Returns the digest of the weights by which images are drawn. */
const digestOfWeights = async ({ train, sampling }: CheckedOptions) =>
  digestOfJson(Array.from(sampleWeights(train, sampling, 'fineTune') ?? []))

/** The most names in one digest: the text of ten millions would be longer than a string can be. */
const AT_ONCE = 2 ** 20

/**
 * Returns the inputs that determine a run's result apart from its weights, as plain data: data sets, network, options.
 * Workers, threads, runtime and budget are not among them.
 */
export async function identityOf(
  model: Model,
  options: CheckedOptions,
  schedule: Schedule,
  frozen: ReadonlySet<string> = model.frozen,
) {
  const { workers, threads, runtime, executionProviders, budget, groups, ...settings } = settingsOf(
    model,
    options,
    undefined,
  )
  const { cacheFeatures, sampling } = options
  const tensors = [...model.parameters, ...model.buffers].map((name) => [name, model.get(name).dims])
  return {
    train: await datasetIdentity(options.train),
    ...(options.validation && { validation: await datasetIdentity(options.validation) }),
    model: {
      architecture: model.architecture,
      ...(model.task !== 'classification' && { task: model.task }),
      classes: [...model.classes],
      frozen: model.parameters.filter((name) => frozen.has(name)),
      tensors: await digestOfJson(tensors),
      ...(model.head.dropout && { dropout: model.head.dropout }),
      ...(model.head.embedding && { embedding: true }),
    },
    ...settings,
    ...(sampling && sampling !== 'balanced' && !isPerClass(sampling) && { weights: await digestOfWeights(options) }),
    ...(options.clipGradients && { clipGradients: options.clipGradients }),
    ...(options.validation && { keep: options.keep, metric: options.metric, patience: options.patience ?? null }),
    groups: Object.fromEntries(groups.map(({ name, ...group }) => [name, group])),
    // A function cannot be compared, its result can.
    schedule: [0, 1, 2, 5, 10, 100, 1000, 10_000].map((step) => schedule(step)),
    cachedViews: typeof cacheFeatures === 'object' ? cacheFeatures.views : Number(cacheFeatures ?? false),
    ...(featurePrecisionOf(options) === 'int8' && { cachedPrecision: 'int8' }),
  }
}

/** Checks that a file is of this run. Identities are in the form of JSON. @throws FineTuneError 'train/checkpoint-differs' */
export function demandSameRun(file: string, before: unknown, now: unknown): void {
  const parts = differences(before, now)
  if (parts.length > 0) throw finetuneError('train/checkpoint-differs', { file, differences: parts })
}

/** Lists the differences between two identities: `batchSize: 8, now 16`. */
export function differences(before: unknown, now: unknown, path = ''): string[] {
  if (JSON.stringify(before) === JSON.stringify(now)) return []
  if (!isRecord(before) || !isRecord(now)) return [`${path}: ${shown(before)}, now ${shown(now)}`]
  const keys = new Set([...Object.keys(before), ...Object.keys(now)])
  return [...keys].flatMap((key) => differences(before[key], now[key], path ? `${path}.${key}` : key))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'none'
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
