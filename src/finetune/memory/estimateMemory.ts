import * as z from 'zod'
import { checkArgument } from '../../arguments.js'
import { gradientOf } from '../../contract/names.js'
import { loaderSchema } from '../../data/loader/loaderOptions.js'
import { NO_CONTEXT } from '../../lowering/passes/pass.js'
import { recomputed } from '../../lowering/passes/recomputed.js'
import { shapes } from '../../lowering/passes/shapes.js'
import { type Model, modelKind } from '../../model/Model.js'
import type { Graph, ValueInfo } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { checkOptions } from '../../options.js'
import { TimeSlicer } from '../../TimeSlicer.js'
import { logitsOf } from '../batches/evaluateBatches.js'
import { emaSchema } from '../options/emaOptions.js'
import type { FineTuneOptions } from '../options/options.js'
import { optimizerSchema } from '../options/schemas.js'
import { liveBytes } from './liveBytes.js'

/** The bytes of memory that a run is expected to need, by purpose. */
export interface MemoryEstimate {
  /** Weights: the model's, those that the session trains, those that each step writes, and their averages. */
  readonly parameters: number
  readonly gradients: number
  /** The optimizer's state of each weight. */
  readonly optimizer: number
  /** The values between the forward pass and the backward pass, at their peak. */
  readonly activations: number
  /** Batches in transit. */
  readonly batches: number
  /** Loading workers with their cache of decoded images, which may grow to `cacheBytes`. */
  readonly loading: number
  /** Node or the browser, and ONNX Runtime. */
  readonly runtime: number
  /** The sum of all of these. */
  readonly total: number
}

/** The options of `fineTune` that affect memory. */
export type MemoryOptions = Pick<
  FineTuneOptions,
  'optimizer' | 'batchSize' | 'accumulate' | 'ema' | 'workers' | 'prefetch' | 'cacheBytes'
>

/**
 * Estimates the peak memory of `fineTune` with these of its options (with the same defaults): from the shapes of the
 * training graph and the lifetime of each of its values, times the measured overhead of ONNX Runtime's arena. On a CPU
 * the estimate is within a quarter, for vision transformers up to a third above. Features that are computed once
 * (`cacheFeatures`) are not included.
 *
 * @throws FineTuneError 'options/invalid'; 'autodiff/no-gradient' for a network that cannot be trained
 * @example
 * ```ts run given=model,groups
 * import { estimateMemory, sgd } from 'onnx-finetune'
 *
 * const { total } = await estimateMemory(model, { batchSize: 128, optimizer: sgd(groups) })
 * ```
 */
export async function estimateMemory(model: Model, options: MemoryOptions): Promise<MemoryEstimate> {
  checkArgument('estimateMemory: model', model, modelKind)
  return memoryOf(model, checkOptions(schema, options, 'estimateMemory'))
}

const MEGABYTE = 2 ** 20
/** The memory, measured with a network of almost no weights, of Node and the host's thread with ONNX Runtime. */
const RUNTIME = 180 * MEGABYTE
/** The memory of a thread of Node with a decoder. */
const WORKER = 60 * MEGABYTE
/** The overhead of ONNX Runtime's arena, relative to its live values: ResNet-18 at batches of 8, 32 and 128. */
const ARENA = 1.35
/** The copies of weights: the model's own, the session's, and before these have next values, those in transit to it. */
const COPIES_OF_WEIGHTS = 3
/** The copies of a session's tensors that change: they have memory for their next value as well. */
const COPIES_OF_STATE = 2

export type CheckedMemoryOptions = z.output<typeof schema>

/** Does the same as `estimateMemory`, with checked options. */
export async function memoryOf(model: Model, options: CheckedMemoryOptions): Promise<MemoryEstimate> {
  const { batchSize, accumulate, ema, workers, prefetch, cacheBytes } = options
  const { buildTrainingGraph } = await import('../../autodiff/buildTrainingGraph.js')
  const slices = new TimeSlicer()
  const requiresGrad = model.trainable
  const forward = model.graph.clone()
  await slices.next()
  const training = buildTrainingGraph(forward, {
    requiresGrad,
    frozenParams: [...model.frozen, ...model.buffers].filter((name) => forward.initializers.has(name)),
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: [logitsOf(model)],
  })
  await slices.next()
  const gradients = new Set(requiresGrad.map(gradientOf))
  const inputs = forward.inputs.filter(({ name }) => !forward.initializers.has(name))
  const sizes = new Map(inputs.map((input) => [input.name, sizesOf(input, batchSize, model)]))
  const sized = shapes.apply(withSizes(training, sizes, batchSize), NO_CONTEXT)
  const live = liveBytes(recomputed.apply(sized, NO_CONTEXT), (value) => !gradients.has(value))
  const ofBatch = 4 * [...sizes.values()].reduce((sum, dims) => sum + sizeOf(dims), 0)
  const trainable = bytesOf(model, requiresGrad)
  const parts = {
    parameters:
      COPIES_OF_WEIGHTS * bytesOf(model, [...model.parameters, ...model.buffers]) +
      (ema ? COPIES_OF_STATE * (trainable + bytesOf(model, model.buffers)) : 0),
    // Accumulated gradients are kept beside those of the step.
    gradients: trainable * (accumulate > 1 ? 1 + COPIES_OF_STATE : 1),
    optimizer: COPIES_OF_STATE * stateBytes(model, options),
    activations: Math.round(ARENA * live),
    batches: ofBatch * (prefetch + 1),
    loading: workers * WORKER + cacheBytes,
    runtime: RUNTIME,
  }
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) }
}

/** Returns the shape of an input for the given number of images: [n, 3, height, width]. */
function sizesOf({ shape = [] }: ValueInfo, batchSize: number, { inputSize }: Model): readonly number[] {
  const said = [batchSize, undefined, inputSize.height, inputSize.width]
  return shape.map((dim, axis) => (axis > 0 && typeof dim === 'number' ? dim : (said[axis] ?? 1)))
}

function withSizes(training: Graph, sizes: ReadonlyMap<string, readonly number[]>, batchSize: number): Graph {
  const graph = training.clone()
  graph.inputs = graph.inputs.map((input) => {
    const shape = sizes.get(input.name) ?? (input.name === 'labels' ? [batchSize] : undefined)
    return shape ? { ...input, shape } : input
  })
  return graph
}

const bytesOf = (model: Model, names: readonly string[]): number =>
  4 * names.reduce((sum, name) => sum + model.get(name).data.length, 0)

/** Returns the bytes of the optimizer's state. */
function stateBytes(model: Model, { optimizer }: CheckedMemoryOptions): number {
  const states = model.trainable.flatMap((name) => optimizer.stateNames(name).map(() => name))
  return bytesOf(model, states)
}

const { workers, prefetch, cacheBytes, batchSize } = loaderSchema.shape
const schema = z.strictObject({
  optimizer: optimizerSchema,
  batchSize: batchSize.default(32),
  accumulate: z.int().min(1).default(1),
  ema: emaSchema.optional(),
  workers,
  prefetch,
  cacheBytes,
})
