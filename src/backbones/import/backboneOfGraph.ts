import * as z from 'zod'
import { baseError } from '../../errors.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { castToFloat32 } from '../../onnx/transform/cast.js'
import { decompose } from '../../onnx/transform/decompose/decompose.js'
import { foldLists } from '../../onnx/transform/foldLists.js'
import { staticReshapes } from '../../onnx/transform/staticReshapes.js'
import { defined } from '../../options.js'
import type { Backbone, Preprocessing } from '../Backbone.js'
import { backboneError } from '../errors.js'
import { imagenetClasses } from '../imagenetClasses.js'
import { channelsFirst } from './channelsFirst.js'
import { convertOldNodes, FIRST_OPSET } from './convertOldNodes.js'
import { cutAtHead } from './cutAtHead.js'
import { findHead } from './findHead.js'
import { findParameters } from './findParameters.js'
import { foldedBatchNorms, warningsOf } from './foldedBatchNorms.js'
import { normalizeGraph } from './normalizeGraph.js'
import { type CheckedOnnxOptions, channels, grayscale, resize } from './onnxOptions.js'
import { partConstants } from './partConstants.js'
import { LOGITS, setInput } from './setInput.js'

/** Makes a backbone of a classifier's graph. @param source names it in errors */
export function backboneOfGraph(read: Graph, source: string, options: CheckedOnnxOptions): Backbone {
  const opset = read.opsets.get('') ?? 1
  if (opset < FIRST_OPSET) throw backboneError('backbones/onnx-opset', { source, opset, needed: FIRST_OPSET })
  const graph = normalizeGraph(read)
  convertOldNodes(graph)
  foldLists(graph)
  castToFloat32(graph)
  channelsFirst(graph)
  const head = cutAtHead(graph, findHead(graph, options.head))
  const imageSize = setInput(graph, options.imageSize)
  decompose(graph)
  staticReshapes(graph)
  partConstants(graph)
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
    warnings: warningsOf(inferred, foldedBatchNorms(inferred, head, isExported(read))),
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

function classNames(
  { metadata }: Graph,
  count: number,
  { classes }: CheckedOnnxOptions,
): readonly string[] | undefined {
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
