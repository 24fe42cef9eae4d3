import { z } from 'zod'
import { checkArgument } from '../../arguments.js'
import { buildTrainingGraph } from '../../autodiff/buildTrainingGraph.js'
import { gradientOf } from '../../contract/names.js'
import { loaderSchema } from '../../data/loader/loaderOptions.js'
import { shapes } from '../../lowering/passes/shapes.js'
import { type Model, modelKind } from '../../model/Model.js'
import type { Graph, ValueInfo } from '../../onnx/graph/graph.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import { checkOptions } from '../../options.js'
import { TimeSlicer } from '../../TimeSlicer.js'
import { logitsOf } from '../batches/evaluateBatches.js'
import { type FineTuneOptions, optimizerSchema } from '../options/options.js'
import { liveBytes } from './liveBytes.js'

/** Bytes of memory that a run is expected to need, and what for. */
export interface MemoryEstimate {
  /** Weights: the model's, those that the session trains, and those that each step writes. */
  readonly parameters: number
  readonly gradients: number
  /** What the optimizer keeps of each weight. */
  readonly optimizer: number
  /** What the forward pass makes and the backward pass reads, at its fullest. */
  readonly activations: number
  /** Batches on their way. */
  readonly batches: number
  /** Loading workers with their cache of decoded pictures, which may become as large as `cacheBytes`. */
  readonly loading: number
  /** Node or the page, and ONNX Runtime. */
  readonly runtime: number
  /** All of these. */
  readonly total: number
}

/** Those of `fineTune` that decide about memory. */
export type MemoryOptions = Pick<
  FineTuneOptions,
  'optimizer' | 'batchSize' | 'accumulate' | 'workers' | 'prefetch' | 'cacheBytes'
>

/**
 * How much memory `fineTune` will need at its peak, with these of its options (their defaults are the same): by the shapes of
 * the training graph and how long each of its values lives, times what ONNX Runtime's arena was measured to take beyond that.
 * On a CPU it is right within a quarter. Features that are computed once (`cacheFeatures`) are not in it.
 *
 *     const { total } = await estimateMemory(model, { batchSize: 128, optimizer })
 *
 * @throws 'options/invalid'; 'autodiff/no-gradient' for a network that cannot be trained
 */
export async function estimateMemory(model: Model, options: MemoryOptions): Promise<MemoryEstimate> {
  checkArgument('estimateMemory: model', model, modelKind)
  return memoryOf(model, checkOptions(schema, options, 'estimateMemory'))
}

const MEGABYTE = 2 ** 20
/** Measured with a network of next to no weights: Node and the host's thread with ONNX Runtime. */
const RUNTIME = 180 * MEGABYTE
/** A thread of Node with a decoder. */
const WORKER = 60 * MEGABYTE
/** ONNX Runtime's arena, by what lives in it at once: ResNet-18 at batches of 8, 32 and 128. */
const ARENA = 1.35
/** The model's own, those on their way to the session, the session's, and the memory of their next values. */
const COPIES_OF_WEIGHTS = 4
/** Tensors of a session that change have memory for their next value as well. */
const COPIES_OF_STATE = 2

export type CheckedMemoryOptions = z.output<typeof schema>

/** As `estimateMemory`, with options that are checked. */
export async function memoryOf(model: Model, options: CheckedMemoryOptions): Promise<MemoryEstimate> {
  const { batchSize, accumulate, workers, prefetch, cacheBytes } = options
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
  const sized = shapes.apply(withSizes(training, sizes, batchSize), { constants: new Map(), accumulate: false })
  const live = liveBytes(sized, (value) => !gradients.has(value))
  const ofBatch = 4 * [...sizes.values()].reduce((sum, dims) => sum + sizeOf(dims), 0)
  const trainable = bytesOf(model, requiresGrad)
  const parts = {
    parameters: COPIES_OF_WEIGHTS * bytesOf(model, [...model.parameters, ...model.buffers]),
    // Those that add up are kept beside those of the step.
    gradients: trainable * (accumulate > 1 ? 1 + COPIES_OF_STATE : 1),
    optimizer: COPIES_OF_STATE * stateBytes(model, options),
    activations: Math.round(ARENA * live),
    batches: ofBatch * (prefetch + 1),
    loading: workers * WORKER + cacheBytes,
    runtime: RUNTIME,
  }
  return { ...parts, total: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) }
}

/** Of an input for so many pictures: [n, 3, height, width]. */
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

/** What the optimizer has beside the weights. */
function stateBytes(model: Model, { optimizer }: CheckedMemoryOptions): number {
  const states = model.trainable.flatMap((name) => optimizer.stateNames(name).map(() => name))
  return bytesOf(model, states)
}

const { workers, prefetch, cacheBytes, batchSize } = loaderSchema.shape
const schema = z.strictObject({
  optimizer: optimizerSchema,
  batchSize: batchSize.default(32),
  accumulate: z.int().min(1).default(1),
  workers,
  prefetch,
  cacheBytes,
})
