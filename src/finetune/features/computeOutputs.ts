import * as z from 'zod'
import { generateArtifacts } from '../../artifacts/generateArtifacts.js'
import type { ImageDataset, SkippedSample } from '../../data/dataset/dataset.js'
import { decoderSchema } from '../../data/decode/decodeImage.js'
import { createLoader } from '../../data/loader/createLoader.js'
import { type LoaderOptions, workersSchema } from '../../data/loader/loaderOptions.js'
import type { Model } from '../../model/Model.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { functionSchema } from '../../options.js'
import { type ExecutionProviders, RUNTIMES, type RuntimeName } from '../../platform/runtimes.js'
import { providersSchema } from '../../runtime/providersSchema.js'
import { TrainingEngine } from '../../session/client/TrainingEngine.js'
import type { AnyTransform } from '../../transforms/transform.js'
import type { Batches } from '../batches/batches.js'
import { networkInput } from '../batches/networkInput.js'
import { testViews } from '../options/defaultTransforms.js'
import { FeatureFiles } from './FeatureFiles.js'
import { FrozenFront } from './FrozenFront.js'
import { featureBatches } from './featureBatches.js'

/** The options of a function that runs a network once on every image. */
export interface OutputOptions {
  /** The number of images in a batch. @default 32 */
  readonly batchSize?: number | undefined
  /** Threads that decode images. Default: one less than the processors, 1 to 4. */
  readonly workers?: number | undefined
  /** The library that decodes images: `'auto'` is sharp if it is installed, else jimp. @default 'auto' */
  readonly decoder?: 'auto' | 'sharp' | 'jimp' | undefined
  /** The treatment of an unreadable image: an error, or it is left out. @default 'throw' */
  readonly onError?: 'throw' | 'skip' | undefined
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /**
   * The execution providers to choose from, `['webgpu', 'cpu']`: the first that computes a training step of a tiny
   * network right, or an error if none does. `'auto'`: the most promising of those that are there, else the CPU.
   * Default: the CPU; in the browser `'auto'`.
   */
  readonly executionProviders?: ExecutionProviders | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  readonly onProgress?: ((event: OutputProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface OutputProgress {
  /** The number of images, and of those that are computed. */
  readonly images: number
  readonly done: number
}

/** The schema of `OutputOptions`, to be extended. */
export const outputShape = {
  batchSize: z.int().min(1).default(32),
  workers: workersSchema,
  decoder: decoderSchema,
  onError: z.enum(['throw', 'skip']).default('throw'),
  runtime: z.enum(RUNTIMES).optional(),
  executionProviders: providersSchema.optional(),
  threads: z.int().min(1).optional(),
  onProgress: functionSchema<(event: OutputProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
}
export const outputSchema = z.strictObject(outputShape)
export type CheckedOutputOptions = z.output<typeof outputSchema>

/** Values of a network for images, in rows. */
export interface ImageOutputs {
  /** The indices of the images in their data set: those that could be read, in order. */
  readonly indices: Uint32Array
  /** The values, [images, size]. */
  readonly rows: Float32Array
  readonly size: number
  readonly skipped: readonly SkippedSample[]
}

/** The part of a network that values depend on, and a directory that keeps them for later calls. */
interface Kept {
  readonly front: Graph
  readonly directory: string
}

interface Outputs {
  /** The names of values in the network's graph: float32 [N, ...]. */
  readonly values: readonly string[]
  readonly kept?: Kept | undefined
}

/**
 * Computes values of a network for every image of a data set, in the views of validation. The network runs in a worker,
 * as in training.
 *
 * @throws FineTuneError 'data/unreadable', 'data/worker-failed', 'session/no-runtime', 'session/cannot-open', the
 *   signal's reason
 */
export async function computeOutputs(
  model: Model,
  dataset: ImageDataset,
  { values, kept }: Outputs,
  options: CheckedOutputOptions,
): Promise<ImageOutputs> {
  const network = openOutputs(model, values, options)
  try {
    return await network.compute(dataset, options, { kept })
  } finally {
    await network.release()
  }
}

/** A network that computes values of one data set after another. */
export interface OpenOutputs {
  /** Computes the values of every image. @param from the view, and what keeps the values. Default: the first, nothing */
  compute(
    dataset: ImageDataset,
    options: LoadingOptions,
    from?: { readonly view?: number; readonly kept?: Kept | undefined },
  ): Promise<ImageOutputs>
  release(): Promise<void>
}

type RuntimeOptions = Pick<CheckedOutputOptions, 'runtime' | 'executionProviders' | 'threads'>
/** The options that may differ from call to call. */
type LoadingOptions = Omit<CheckedOutputOptions, 'runtime' | 'executionProviders' | 'threads'>

/**
 * Opens a network for its values, when they are first computed.
 *
 * @param views the transforms from an image to the network's input. Default: that of validation
 */
export function openOutputs(
  model: Model,
  values: readonly string[],
  runtime: RuntimeOptions,
  views: readonly AnyTransform[] = [testViews(model.preprocessing)],
): OpenOutputs {
  const network = networkInput(model.graph, views)
  const front = new FrozenFront(() => openEvaluation(model, network.graph, values, runtime), network.name, values)
  const autoOrient = model.preprocessing.autoOrient ?? true
  return {
    async compute(dataset, options, { view = 0, kept } = {}) {
      const { batchSize, workers, decoder, onError, signal } = options
      signal?.throwIfAborted()
      const transform = network.views[view] as LoaderOptions['transform']
      const loading = { batchSize, workers, decoder, autoOrient, onError, signal, cacheBytes: 0 }
      const loader = createLoader(dataset, { ...loading, transform })
      const origin = kept && { dataset, front: kept.front, transform: views[view]!, decoder, autoOrient, seed: 0 }
      const files = origin && new FeatureFiles(kept.directory, origin)
      const batches = featureBatches(loader, front, { batchSize, shuffle: false, seed: 0, views: 1, files })
      try {
        return await gather(batches, options)
      } finally {
        await batches.close()
      }
    },
    release: () => front.release(),
  }
}

async function gather(batches: Batches, { batchSize, onProgress }: LoadingOptions): Promise<ImageOutputs> {
  const images = batches.dataset.samples.length
  for await (const event of batches.prepare(0))
    if ('step' in event) onProgress?.({ images, done: Math.min(images, event.step * batchSize) })
  const indices: number[] = []
  const rows: Float32Array[] = []
  for await (const { inputs, indices: some } of batches.epoch(0)) {
    const columns = Object.values(inputs).map(({ data }) => data as Float32Array)
    for (const [row, index] of some.entries()) {
      indices.push(index)
      for (const data of columns) rows.push(rowOf(data, row, some.length))
    }
  }
  const size = indices.length > 0 ? rows.reduce((sum, { length }) => sum + length, 0) / indices.length : 0
  const whole = new Float32Array(indices.length * size)
  let at = 0
  for (const row of rows) {
    whole.set(row, at)
    at += row.length
  }
  return { indices: Uint32Array.from(indices), rows: whole, size, skipped: batches.skipped }
}

function rowOf(data: Float32Array, row: number, rows: number): Float32Array {
  const size = data.length / rows
  return data.subarray(row * size, (row + 1) * size)
}

async function openEvaluation(
  { parameters, buffers, head }: Model,
  graph: Graph,
  outputs: readonly string[],
  { runtime, executionProviders, threads }: RuntimeOptions,
): Promise<TrainingEngine> {
  const requiresGrad = [head.weight, head.bias]
  const frozen = [...parameters, ...buffers].filter((name) => !requiresGrad.includes(name))
  const artifacts = await generateArtifacts(graph, {
    requiresGrad,
    frozenParams: frozen.filter((name) => graph.initializers.has(name)),
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs,
    optimizer: 'sgd',
  })
  return TrainingEngine.create({ artifacts, runtime, executionProviders, threads })
}
