import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { baseError, isFineTuneError } from '../../errors.js'
import { readModel } from '../../onnx/format/read.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { castToFloat32 } from '../../onnx/transform/cast.js'
import { checkOptions, defined } from '../../options.js'
import { describeSource, fetchWeights, type WeightsSource } from '../../weights/loadWeights.js'
import type { Backbone, Preprocessing } from '../Backbone.js'
import { backboneError } from '../errors.js'
import { imagenetClasses } from '../imagenetClasses.js'
import { convertOldNodes, FIRST_OPSET } from './convertOldNodes.js'
import { cutAtHead } from './cutAtHead.js'
import { findHead } from './findHead.js'
import { findParameters } from './findParameters.js'
import { foldedBatchNorms, warningsOf } from './foldedBatchNorms.js'
import { normalizeGraph } from './normalizeGraph.js'
import { LOGITS, setInput } from './setInput.js'

export interface LoadOnnxBackboneOptions {
  /**
   * The last layer, if it cannot be found: the name of its Gemm, MatMul or Conv node, or of its weight. Everything
   * after it is dropped, except the mean over the image after a Conv. Default: the layer that computes the first
   * output, ignoring a softmax and the like.
   */
  readonly head?: { readonly node: string } | { readonly weight: string } | undefined
  /**
   * The names of the model's classes, in order. Default: its metadata entry `classes` (JSON); ImageNet's if it has
   * 1000.
   */
  readonly classes?: readonly string[] | undefined
  /** The height and width of the images, in pixels, if the model leaves them open. @default 224 */
  readonly imageSize?: number | undefined
  /**
   * The conversion of images to its input. Default: ImageNet's mean and standard deviation, and the central 7/8 of
   * the image. A model that normalises its input itself needs `{ mean: [0, 0, 0], std: [1, 1, 1] }`; one that
   * `exportClassifier` wrote states this.
   */
  readonly preprocessing?: Partial<Omit<Preprocessing, 'crop' | 'inexpressible'>> | undefined
  readonly signal?: AbortSignal | undefined
}

const channels = z.array(z.number()).length(3)
const side = z.int().min(1)
const resize = z.union([side, z.tuple([side, side])], { error: 'a number or [height, width]' })
const grayscale = z.enum(['beforeResize', 'afterResize'])
const schema = z
  .strictObject({
    head: z
      .union([z.strictObject({ node: z.string().min(1) }), z.strictObject({ weight: z.string().min(1) })], {
        error: '{ node: name } or { weight: name }',
      })
      .optional(),
    classes: z.array(z.string().min(1)).min(1).optional(),
    imageSize: z.int().min(1).optional(),
    preprocessing: z
      .strictObject({
        resize: resize.optional(),
        mean: channels.optional(),
        std: channels.optional(),
        grayscale: grayscale.optional(),
        autoOrient: z.boolean().optional(),
      })
      .default({}),
    signal: z.instanceof(AbortSignal).optional(),
  })
  .default({ preprocessing: {} })
type Checked = z.output<typeof schema>

/**
 * Loads a backbone from the `.onnx` file of any image classifier: input float32 [N, 3, height, width], the last layer a
 * Gemm, a MatMul or a 1 x 1 Conv with constant weights, operator set 7 or later. Files beside it that hold its weights
 * are read too. Its parameters are the constants that layers learn, under their names in the file; batch norm may be
 * present or folded into convolutions, which `warnings` then reports; float16 becomes float32. Nodes after the last
 * layer (softmax) are dropped.
 *
 * @throws FineTuneError 'backbones/not-a-classifier' (which names the obstacle and its node), 'backbones/onnx-opset',
 *   'weights/unreadable', those of `readModel` and `inferShapes`, 'options/invalid', the signal's reason
 * @example
 * ```ts run
 * import { loadOnnxBackbone, replaceHead } from 'onnx-finetune'
 *
 * const model = replaceHead(await loadOnnxBackbone('./mobilenet.onnx'), { classes: ['hotdog', 'not-hotdog'] })
 * ```
 */
export async function loadOnnxBackbone(source: WeightsSource, options?: LoadOnnxBackboneOptions): Promise<Backbone> {
  checkArgument('loadOnnxBackbone: source', source, kinds.source)
  const checked = checkOptions(schema, options, 'loadOnnxBackbone')
  checked.signal?.throwIfAborted()
  const read = readModel(await fetchWeights(source, checked.signal))
  const name = describeSource(source)
  try {
    return build(read, name, checked)
  } catch (error) {
    if (!isFineTuneError(error, 'backbones/not-a-classifier')) throw error
    throw backboneError(error.code, { ...error.facts, source: name }, { cause: error.cause })
  }
}

function build(read: Graph, source: string, options: Checked): Backbone {
  const opset = read.opsets.get('') ?? 1
  if (opset < FIRST_OPSET) throw backboneError('backbones/onnx-opset', { source, opset, needed: FIRST_OPSET })
  const graph = normalizeGraph(read)
  convertOldNodes(graph)
  castToFloat32(graph)
  const head = cutAtHead(graph, findHead(graph, options.head))
  const imageSize = setInput(graph, options.imageSize)
  const { parameters, buffers } = findParameters(graph)
  const inferred = inferShapes(graph)
  const count = graph.initializers.get(head.bias)!.data.length
  checkLogits(inferred, count)
  return {
    architecture: 'onnx',
    graph: inferred,
    parameters,
    buffers,
    head,
    classes: classNames(read, count, options),
    preprocessing: {
      ...usualPreprocessing(imageSize),
      ...declaredPreprocessing(read),
      ...defined(options.preprocessing),
      crop: imageSize,
    },
    warnings: warningsOf(foldedBatchNorms(inferred, head, isExported(read))),
  }
}

/** Returns ImageNet's preprocessing. */
const usualPreprocessing = (imageSize: number): Preprocessing => ({
  resize: Math.round((imageSize * 256) / 224),
  crop: imageSize,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
})

const declaredSchema = z.object({
  resize,
  mean: channels,
  std: channels,
  grayscale: grayscale.optional(),
  autoOrient: z.boolean().optional(),
  normalizedBy: z.literal('model').optional(),
})

/** Returns the preprocessing that a file of `exportClassifier` states. Such a file normalises its input itself. */
function declaredPreprocessing({ metadata }: Graph): Partial<Preprocessing> {
  const { data } = declaredSchema.safeParse(json(metadata.get('preprocessing')))
  if (!data) return {}
  const { normalizedBy, autoOrient, ...said } = data
  const normalization = normalizedBy === 'model' && { mean: [0, 0, 0], std: [1, 1, 1] }
  return { ...said, ...normalization, ...(autoOrient !== undefined && { autoOrient }) }
}

/** Tells whether `exportClassifier` wrote the file. */
const isExported = ({ metadata }: Graph): boolean =>
  declaredSchema.safeParse(json(metadata.get('preprocessing'))).data?.normalizedBy === 'model'

function checkLogits(graph: Graph, count: number): void {
  const shape = graph.info(LOGITS)?.shape
  if (shape?.length === 2 && shape[0] === 'N' && shape[1] === count) return
  const received = shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : 'unknown'
  const problem = `the shape of its scores is ${received} instead of [N, ${count}]. Export it with a dynamic batch size`
  throw backboneError('backbones/not-a-classifier', { problem })
}

function classNames({ metadata }: Graph, count: number, { classes }: Checked): readonly string[] | undefined {
  if (classes && classes.length !== count) {
    const option = 'loadOnnxBackbone: classes'
    throw baseError('options/invalid', {
      option,
      received: classes.length,
      expected: `a list of ${count} names`,
    })
  }
  return (
    classes ??
    namesIn(metadata.get('classes'), count) ??
    (count === imagenetClasses.length ? imagenetClasses : undefined)
  )
}

const namesIn = (text: string | undefined, count: number): readonly string[] | undefined =>
  z.array(z.string()).length(count).safeParse(json(text)).data

function json(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
