import * as z from 'zod'
import { openStore } from '#platform'
import { loadArtifacts } from '../../artifacts/loadArtifacts.js'
import { saveArtifacts } from '../../artifacts/saveArtifacts.js'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import { decoderSchema } from '../../data/decode/decodeImage.js'
import { samplingSchema } from '../../data/loader/sampling.js'
import { RUNTIMES } from '../../platform/runtimes.js'
import { providersSchema } from '../../runtime/providersSchema.js'
import { isSendable, type TransformSpec } from '../../transforms/specs.js'
import { finetuneError } from '../errors.js'
import { cutmixSchema, mixupSchema } from '../options/mixOptions.js'

const FILE = 'run.json'
const count = z.int().min(0)
const positive = z.int().min(1)

/** The schema of what the workers of a run must know besides its artifacts. */
const schema = z.strictObject({
  classes: z.array(z.string()).min(1),
  samples: z.array(z.looseObject({ source: z.string(), label: count })),
  /** The steps from a decoded image to the network's input, and the name of that input. */
  transform: z.array(z.custom<TransformSpec>(isSendable, 'a built-in transform')),
  input: z.string(),
  logits: z.string(),
  lossReduction: z.enum(['mean', 'sum']),
  loading: z.strictObject({
    batchSize: positive,
    seed: z.int(),
    sampling: samplingSchema,
    workers: count,
    prefetch: positive,
    cacheBytes: count,
    decoder: decoderSchema,
    autoOrient: z.boolean(),
    onError: z.enum(['throw', 'skip']),
  }),
  masks: z.array(z.strictObject({ name: z.string(), ratio: z.number().min(0).lt(1), dims: z.array(positive) })),
  mixing: z.strictObject({ mixup: mixupSchema.optional(), cutmix: cutmixSchema.optional() }),
  engine: z.strictObject({
    runtime: z.enum(RUNTIMES).optional(),
    executionProviders: providersSchema.optional(),
    threads: positive,
  }),
})
export type ShardRun = z.output<typeof schema>

/** Writes the files of a run that its workers read. */
export async function writeRunFiles(directory: string, run: ShardRun, artifacts: TrainingArtifacts): Promise<void> {
  // First, for it makes the directory.
  await openStore(directory).write(FILE, [new TextEncoder().encode(JSON.stringify(run))])
  await saveArtifacts(artifacts, directory)
}

/** Reads the files of a run. @throws FineTuneError 'train/bad-run-files', and those of `loadArtifacts` */
export async function readRunFiles(directory: string): Promise<{ run: ShardRun; artifacts: TrainingArtifacts }> {
  const store = openStore(directory)
  const bytes = await store.read(FILE)
  const problem = (text: string, cause?: unknown) =>
    finetuneError('train/bad-run-files', { file: store.locate(FILE), problem: text }, { cause })
  if (!bytes) throw problem('there is no such file')
  try {
    const run = schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
    return { run, artifacts: await loadArtifacts(directory) }
  } catch (cause) {
    throw problem((cause as Error).message, cause)
  }
}
