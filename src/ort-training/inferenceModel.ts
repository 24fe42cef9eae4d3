import { checkOptional, kinds } from '../arguments.js'
import { lower } from '../lowering/lower.js'
import { readModel } from '../onnx/format/read.js'
import { writeModel } from '../onnx/format/write.js'
import { type Graph, indexGraph, type Node, valuesReadBy } from '../onnx/graph/graph.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { ortTrainingError } from './errors.js'
import { checkNames } from './tensors.js'

/**
 * Converts the evaluation model to a model for inference: without loss and labels, with its parameters, of stock
 * operators.
 *
 * @param outputs any values of the evaluation model. Default: its outputs without the loss; if there is no other, the
 *   input of the loss
 * @throws FineTuneError 'options/invalid' for a name that no value has, 'training/unnamed-output' without a default
 */
export function inferenceModel(
  evalModel: Uint8Array,
  parameters: ReadonlyMap<string, Tensor>,
  outputs?: readonly string[],
): Uint8Array {
  checkOptional('exportInferenceModel: outputNames', outputs, kinds.names)
  const graph = readModel(evalModel)
  const names = outputs ?? defaultOutputs(graph)
  checkNames(names, valuesMadeBy(graph.nodes), 'exportInferenceModel: outputNames')
  graph.outputs = names.map((name) => graph.info(name) ?? { name })
  const inference = lower(graph, { target: 'wasm', constants: parameters })
  const read = new Set(inference.nodes.flatMap(valuesReadBy))
  inference.inputs = inference.inputs.filter(({ name }) => read.has(name))
  return writeModel(inference)
}

function defaultOutputs(graph: Graph): readonly string[] {
  const [loss, ...others] = graph.outputs.map(({ name }) => name)
  if (others.length > 0) return others
  const node = indexGraph(graph).producer.get(loss!)
  // The first input of a cross entropy, the standard's or the training build's own, are the scores.
  if (node && /^SoftmaxCrossEntropyLoss(Internal)?$/.test(node.opType)) return [node.inputs[0]!]
  throw ortTrainingError('training/unnamed-output', { loss: loss!, op: node?.opType ?? 'no operator' })
}

const valuesMadeBy = (nodes: readonly Node[]): string[] => nodes.flatMap(({ outputs }) => outputs.filter(Boolean))
