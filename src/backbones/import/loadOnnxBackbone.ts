import { checkArgument, kinds } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { readModel } from '../../onnx/format/read.js'
import { checkOptions } from '../../options.js'
import { describeSource, fetchWeights, type WeightsSource } from '../../weights/loadWeights.js'
import type { Backbone } from '../Backbone.js'
import { backboneError } from '../errors.js'
import { type LoadOnnxBackboneOptions, onnxSchema } from './onnxOptions.js'

/**
 * Loads a backbone from the `.onnx` file of any image classifier: input float32 [N, 3, height, width] or [N, height,
 * width, 3] (which becomes the first), the last layer a Gemm, a MatMul or a 1 x 1 Conv with constant weights, operator
 * set 7 or later. Files beside it that hold its weights are read too. Its parameters are the constants that layers
 * learn, under their names in the file; batch norm may be present or folded into convolutions, which `warnings` then
 * reports; float16 becomes float32. Nodes after the last layer (softmax) are dropped.
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
  const checked = checkOptions(onnxSchema, options, 'loadOnnxBackbone')
  checked.signal?.throwIfAborted()
  const read = readModel(await fetchWeights(source, checked.signal))
  const name = describeSource(source)
  // A page loads that code with the first such model.
  const { backboneOfGraph } = await import('./backboneOfGraph.js')
  try {
    return backboneOfGraph(read, name, checked)
  } catch (error) {
    if (!isFineTuneError(error, 'backbones/not-a-classifier')) throw error
    throw backboneError(error.code, { ...error.facts, source: name }, { cause: error.cause })
  }
}
