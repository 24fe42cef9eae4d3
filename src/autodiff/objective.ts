import { baseError } from '../errors.js'
import type { Graph, ValueInfo } from '../onnx/graph/graph.js'
import { inferShapes } from '../onnx/shapes/inferShapes.js'
import { checkOptions } from '../options.js'
import { addLoss, type Loss, lossSchema } from './loss.js'
import { bypassIdentities, type ParameterNames, parametersToInputs } from './parameters.js'

export interface ObjectiveOptions extends ParameterNames {
  readonly loss: Loss
  /** Values to put out besides the loss, such as the logits. Default: none. */
  readonly outputs?: readonly string[] | undefined
}

/**
 * Copies the forward graph and appends the loss: the part that training and evaluation share. Inputs: user inputs,
 * labels, parameters; outputs: the loss, then the values asked for. Types and shapes are inferred.
 */
export function withObjective(forward: Graph, options: ObjectiveOptions): { graph: Graph; loss: string } {
  const loss = checkOptions(lossSchema, options.loss, 'loss')
  const source = inferShapes(forward).clone()
  keepOutputShapes(source)
  source.inputs = source.inputs.filter(({ name }) => !source.initializers.has(name))
  const { graph, name } = addLoss(source, loss)
  bypassIdentities(graph, options.outputs)
  parametersToInputs(graph, options)
  graph.outputs = [name, ...(options.outputs ?? [])].map((output) => outputInfo(graph, output))
  return { graph, loss: name }
}

/** Declares the outputs of the forward graph as intermediate values, so that their shapes are kept. */
function keepOutputShapes(graph: Graph): void {
  for (const output of graph.outputs) if (!graph.values.has(output.name)) graph.values.set(output.name, output)
}

function outputInfo(graph: Graph, output: string): ValueInfo {
  const info = graph.info(output)
  if (info) return { ...info }
  if (graph.nodes.some((node) => node.outputs.includes(output))) return { name: output }
  throw baseError('options/invalid', {
    option: 'outputs',
    received: output,
    expected: 'names of values of the model',
  })
}
