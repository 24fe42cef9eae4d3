import type { Graph, Node } from '../../onnx/graph/graph.js'
import { indexGraph } from '../../onnx/graph/graph.js'
import type { BackboneWarning } from '../Backbone.js'

/** Names of the nodes in which batch norms without statistics went. */
export interface FoldedBatchNorms {
  /** The convolutions into which they are folded. */
  readonly convolutions: readonly string[]
  /** The multiplications by a constant, each with an addition behind it, that Keras's became. */
  readonly scales: readonly string[]
}

/**
 * Finds convolutions into which an exporter has folded a batch norm. They are recognised by a bias without a name from
 * a layer: folding leaves one behind (`onnx::Conv_498`, `conv1.weight_bias`), while the bias of a convolution that
 * never had a batch norm is named after its weight (`features.0.weight`, `features.0.bias`) or after the operation of
 * Keras that adds it (`block1_conv1/Squeeze:0`). Batch norms of Keras that TensorFlow could not fold, behind
 * depthwise convolutions or biases, are left as `bn/batchnorm/mul_1` and
 * `bn/batchnorm/add_1`.
 *
 * @param isExported true if `exportClassifier` wrote the file: it folds all, and names the results after the layers
 */
export function foldedBatchNorms(
  graph: Graph,
  head: { readonly weight: string },
  isExported: boolean,
): FoldedBatchNorms {
  const { consumers } = indexGraph(graph)
  const isNormalised = ({ outputs }: Node) =>
    consumers.get(outputs[0]!)?.some(({ opType }) => opType === 'BatchNormalization')
  const convolutions = graph.nodes.flatMap((node) => {
    const [, weight = '', bias = ''] = node.inputs
    if (node.opType !== 'Conv' || !graph.initializers.has(bias) || weight === head.weight) return []
    const isOwn = KERAS_BIAS.test(bias) || (isNamedAlike(weight, bias) && !isExported)
    return isNormalised(node) || isOwn ? [] : [node.name]
  })
  const isBy = (node: Node | undefined, operator: string) =>
    node?.opType === operator && node.inputs.some((input) => graph.initializers.has(input))
  const scales = graph.nodes.filter(
    (node) => isBy(node, 'Mul') && KERAS_SCALE.test(node.name) && isBy(consumers.get(node.outputs[0]!)?.[0], 'Add'),
  )
  return { convolutions, scales: scales.map(({ name }) => name) }
}

const isNamedAlike = (weight: string, bias: string): boolean =>
  weight.endsWith('weight') && bias === `${weight.slice(0, -'weight'.length)}bias`

/** The bias of a layer of Keras as tf2onnx names it. */
const KERAS_BIAS = /\/(BiasAdd\/ReadVariableOp|BiasAdd\/bias|Squeeze)(:0)?$/
/** The multiplications in `tf.nn.batch_normalization`. Layer norm, which uses it too, adds no constant behind them. */
const KERAS_SCALE = /\/batchnorm\/mul(_1)?$/
/** Weights into which TensorFlow or tf2onnx has folded a batch norm. */
const KERAS_FOLDED = /\/merged_input(:0)?$|_weights_fused_bn/

const HOW_TO_KEEP = [
  'torch.onnx.export(model, ..., dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)',
  'program = torch.onnx.export(model, ..., dynamo=True, optimize=False); onnxscript.optimizer.fold_constants(program.model); program.save(path)',
].join(', or ')
const HOW_TO_KEEP_IN_KERAS = 'docs/backbones.md has the lines for it under "Batch norm of Keras"'

/** Returns the warnings that `loadOnnxBackbone` gives about them. */
export function warningsOf(graph: Graph, { convolutions, scales }: FoldedBatchNorms): BackboneWarning[] {
  const count = convolutions.length + scales.length
  if (count === 0) return []
  const isOfKeras = scales.length > 0 || [...graph.initializers.keys()].some((name) => KERAS_FOLDED.test(name))
  const places = [
    ...(convolutions.length ? [`folded into convolutions (the first into ${convolutions[0]})`] : []),
    ...(scales.length ? [`left as a scale and a shift (the first as ${scales[0]})`] : []),
  ].join(' or ')
  const message =
    `${count} batch norms are ${places}. Training the whole network without them can diverge: ` +
    `take a tenth of the usual learning rate, or freeze all but the last layers, or export the model with batch norm kept: ${isOfKeras ? HOW_TO_KEEP_IN_KERAS : HOW_TO_KEEP}`
  return [{ code: 'folded-batch-norm', count, message }]
}
