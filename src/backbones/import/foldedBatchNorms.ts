import type { Graph, Node } from '../../onnx/graph/graph.js'
import { indexGraph } from '../../onnx/graph/graph.js'
import type { BackboneWarning } from '../Backbone.js'

/**
 * Finds convolutions into which an exporter has folded a batch norm. They are recognised by a bias without a name from
 * a layer: folding leaves one behind (`onnx::Conv_498`, `conv1.weight_bias`), while the bias of a convolution that
 * never had a batch norm is named after its weight (`features.0.weight`, `features.0.bias`).
 *
 * @param isExported true if `exportClassifier` wrote the file: it folds all, and names the results after the layers
 */
export function foldedBatchNorms(graph: Graph, head: { readonly weight: string }, isExported: boolean): string[] {
  const { consumers } = indexGraph(graph)
  const isNormalised = ({ outputs }: Node) =>
    consumers.get(outputs[0]!)?.some(({ opType }) => opType === 'BatchNormalization')
  return graph.nodes.flatMap((node) => {
    const [, weight = '', bias = ''] = node.inputs
    if (node.opType !== 'Conv' || !graph.initializers.has(bias) || weight === head.weight) return []
    return isNormalised(node) || (isNamedAlike(weight, bias) && !isExported) ? [] : [node.name]
  })
}

const isNamedAlike = (weight: string, bias: string): boolean =>
  weight.endsWith('weight') && bias === `${weight.slice(0, -'weight'.length)}bias`

const HOW_TO_KEEP = [
  'torch.onnx.export(model, ..., dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)',
  'program = torch.onnx.export(model, ..., dynamo=True, optimize=False); onnxscript.optimizer.fold_constants(program.model); program.save(path)',
].join(', or ')

/** Returns the warnings that `loadOnnxBackbone` gives about them. */
export function warningsOf(folded: readonly string[]): BackboneWarning[] {
  if (folded.length === 0) return []
  const message =
    `${folded.length} batch norms are folded into convolutions (the first into ${folded[0]}). Training the whole network without them can diverge: ` +
    `take a tenth of the usual learning rate, or freeze all but the last layers, or export the model with batch norm kept: ${HOW_TO_KEEP}`
  return [{ code: 'folded-batch-norm', count: folded.length, message }]
}
