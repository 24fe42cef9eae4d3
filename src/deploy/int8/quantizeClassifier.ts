import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import type { ImageDataset } from '../../data/dataset/dataset.js'
import { datasetSchema } from '../../data/dataset/datasetSchema.js'
import { decoderSchema } from '../../data/decode/decodeImage.js'
import { spreadIndices } from '../../data/samples/indices.js'
import { withLabelsOf } from '../../finetune/features/withLabelsOf.js'
import { writeModel } from '../../onnx/format/write.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { planQuantization } from '../../onnx/quantize/planQuantization.js'
import { QUANTIZED_OPSET, quantizeGraph } from '../../onnx/quantize/quantizeGraph.js'
import { convertOpset } from '../../onnx/transform/convertOpset.js'
import { checkOptions, functionSchema } from '../../options.js'
import { RUNTIMES, type RuntimeName } from '../../platform/runtimes.js'
import { openRuntime } from '../../runtime/runtime.js'
import { deployError } from '../errors.js'
import { fetchFile } from '../loadClassifier.js'
import type { ClassifierMetadata } from '../metadata.js'
import { readClassifier } from '../openFile.js'
import { saveFile } from '../saveFile.js'
import type { QuantizationEffect } from './Comparison.js'
import { ImageRuns, type QuantizeProgress } from './ImageRuns.js'
import { observeRanges } from './observeRanges.js'

export interface QuantizeOptions {
  /** The file to write, in Node. Default: the bytes are only returned. */
  readonly path?: string | URL | undefined
  /**
   * The images with labels on which the int8 file is compared with the float32 file. Default: the calibration images,
   * on which the figures flatter.
   */
  readonly validation?: ImageDataset | undefined
  /** The most calibration images that are used, evenly spaced over the data set. @default 200 */
  readonly maxImages?: number | undefined
  /**
   * The share of each value's elements, in percent, that its range keeps: the largest are cut off, half of them on
   * each side. Default: all, from the smallest to the largest.
   */
  readonly percentile?: number | undefined
  /**
   * True for weights of 7 bits, for processors without VNNI (Intel before 2019): their int8 kernels can overflow with 8.
   * @default false
   */
  readonly reduceRange?: boolean | undefined
  /** The library that decodes images: `'auto'` is sharp if it is installed, else jimp. @default 'auto' */
  readonly decoder?: 'auto' | 'sharp' | 'jimp' | undefined
  /** The ONNX Runtime package. Default: onnxruntime-node where it is installed, else onnxruntime-web. */
  readonly runtime?: RuntimeName | undefined
  /** Threads that compute one operator. Default: one for each processor that this process may use. */
  readonly threads?: number | undefined
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A classifier in int8, and what the rounding cost. */
export interface QuantizedClassifier {
  readonly bytes: Uint8Array
  /** The bytes that the float32 file has. */
  readonly bytesBefore: number
  readonly effect: QuantizationEffect
}

const schema = z.strictObject({
  path: z.custom<string | URL>(kinds.place.is, kinds.place.expected).optional(),
  validation: datasetSchema.optional(),
  maxImages: z.int().min(1).default(200),
  percentile: z.number().gt(50).lt(100).optional(),
  reduceRange: z.boolean().default(false),
  decoder: decoderSchema,
  runtime: z.enum(RUNTIMES).optional(),
  threads: z.int().min(1).optional(),
  onProgress: functionSchema<(progress: QuantizeProgress) => void>().optional(),
  signal: z.instanceof(AbortSignal).optional(),
})

/**
 * Quantizes a classifier that `exportClassifier` made in float32: static quantization in the QDQ form of ONNX Runtime's
 * own tool, which every ONNX Runtime runs. Conv, Gemm, MatMul and Add compute in int8, with a scale for each output
 * channel of the weights and one for each activation (uint8); normalization, the logits and softmax stay float32. The
 * file is a quarter of the size; how fast it is depends on the processor (docs/export.md).
 *
 * The ranges of the activations come from images like those that will be classified: some dozens suffice. Both files then
 * classify `validation`, so that the cost is known before the file is used. The calling thread computes.
 *
 * @param source path (Node), URL or bytes of the float32 file
 * @param calibration the images that the ranges are observed on; their labels are not used for them
 * @throws FineTuneError 'deploy/unreadable', 'deploy/not-a-classifier', 'deploy/bad-metadata', 'deploy/cannot-quantize'
 *   (not a float32 file, or values that are no numbers), 'deploy/unreadable-image', 'data/unreadable',
 *   'deploy/cannot-write', 'onnx/malformed', 'onnx/no-shape-rule', 'session/no-runtime', 'session/cannot-open',
 *   'options/invalid', the signal's reason
 * @example
 * ```ts given=model,train,validation
 * import { exportClassifier, quantizeClassifier } from 'onnx-finetune'
 *
 * const float32 = await exportClassifier(model)
 * const { effect } = await quantizeClassifier(float32, train, { validation, path: 'hotdog.int8.onnx' })
 * console.log(effect.accuracy) // { float32, int8 }
 * ```
 */
export async function quantizeClassifier(
  source: string | URL | Uint8Array,
  calibration: ImageDataset,
  options: QuantizeOptions = {},
): Promise<QuantizedClassifier> {
  checkArgument('quantizeClassifier: source', source, kinds.source)
  checkOptions(datasetSchema, calibration, 'quantizeClassifier: calibration')
  const { validation, maxImages, percentile, reduceRange, ...checked } = checkOptions(
    schema,
    options,
    'quantizeClassifier',
  )
  const { path, runtime: runtimeName, threads, signal } = checked
  const file = source instanceof Uint8Array ? source : await fetchFile(source, signal)
  const name = source instanceof Uint8Array ? `the file of ${file.length} bytes` : String(source)
  const { graph, metadata } = readClassifier(file, name)
  demandFloat32(graph, name)
  const compared = comparedImages(metadata, validation, calibration)
  signal?.throwIfAborted()

  const runtime = await openRuntime(runtimeName, { threads })
  const runs = new ImageRuns(runtime, metadata, checked)
  const images = { dataset: calibration, indices: spreadIndices(calibration.samples.length, maxImages) }
  convertOpset(graph, QUANTIZED_OPSET)
  const plan = planQuantization(graph)
  const sources = [...new Set(plan.values.values())]
  const ranges = await observeRanges((see) => runs.observe(graph, sources, images, see), percentile)
  for (const [value, { min, max }] of ranges)
    if (!Number.isFinite(max - min)) throw deployError('deploy/cannot-quantize', notFinite(name, value))

  const quantized = quantizeGraph(graph, plan, ranges, reduceRange)
  quantized.metadata.set('precision', 'int8')
  const bytes = writeModel(quantized)
  const all = { dataset: compared, indices: validation ? [...validation.samples.keys()] : images.indices }
  const effect = await runs.compare(file, bytes, all)
  signal?.throwIfAborted()
  if (path !== undefined) await saveFile(path, bytes)
  return { bytes, bytesBefore: file.length, effect }
}

const notFinite = (source: string, value: string) => ({
  source,
  problem: `its value ${value} is not finite for a calibration image`,
})

function demandFloat32({ metadata }: Graph, source: string): void {
  const precision = metadata.get('precision') ?? 'float32'
  if (precision === 'float32') return
  const problem = `it is ${precision}, and what is rounded must be a float32 file`
  throw deployError('deploy/cannot-quantize', { source, problem })
}

/** Returns the images of the comparison, with the labels of the classifier. Calibration images may have other classes. */
function comparedImages(
  { classes, task }: ClassifierMetadata,
  validation: ImageDataset | undefined,
  calibration: ImageDataset,
): ImageDataset {
  const dataset = validation ?? calibration
  if (task !== 'classification') return dataset
  const isLabelled = validation !== undefined || dataset.classes.every((name) => classes.includes(name))
  return isLabelled ? withLabelsOf({ classes }, dataset, 'quantizeClassifier: validation') : { ...dataset, classes: [] }
}
