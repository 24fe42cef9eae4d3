import { bufferOf, flagOf, gradientOf, LAZY_RESET } from '../contract/names.js'
import { baseError } from '../errors.js'
import { GraphBuilder } from '../onnx/builder.js'
import { type Graph, MS } from '../onnx/graph/graph.js'
import { dependentValues } from '../onnx/transform/reachability.js'
import { differentiate } from './differentiate.js'
import { ruleOf } from './gradients/register.js'
import { type ObjectiveOptions, withObjective } from './objective.js'
import { statesOf } from './parameters.js'

/**
 * Builds the official `training_model` of a forward graph: loss, gradients and their accumulation, with the operators
 * and the names of ONNX Runtime's training artifacts.
 *
 * - Inputs, in order: user inputs, labels, trainable parameters, frozen ones, running statistics that change, then
 *   `<parameter>_grad.accumulation.buffer` for each trainable parameter, and `lazy_reset_grad` (bool[1]).
 * - Outputs: the loss `onnx::loss::N`, `outputs`, then `<parameter>_grad.accumulation.out` (bool[1]) for each trainable
 *   parameter. After these official ones come the new running statistics, `<name>.out`.
 *
 * `forward` is in inference form. A batch normalization is trained, on the statistics of the batch, if its scale or
 * bias is in `requiresGrad` or is computed from such a parameter.
 *
 * @throws FineTuneError 'options/invalid' for an invalid loss, or where nothing is to be trained
 * @throws FineTuneError 'autodiff/unknown-parameter' for a name that is not an initializer of `forward`
 * @throws FineTuneError 'autodiff/no-gradient' for an operator between a trainable parameter and the loss that has no
 *   rule
 * @throws FineTuneError 'autodiff/computed-state' for running statistics that are not initializers,
 *   'autodiff/shared-state' for running statistics that two nodes share
 * @throws FineTuneError 'autodiff/unreachable' for a trainable parameter on which the loss does not depend
 */
export function buildTrainingGraph(forward: Graph, options: ObjectiveOptions): Graph {
  if (!options.requiresGrad.length)
    throw baseError('options/invalid', { option: 'requiresGrad', received: [], expected: 'at least one name' })
  const { graph, loss } = withObjective(forward, options)
  const requested = new Set(options.requiresGrad)
  const trainable = graph.inputs.map(({ name }) => name).filter((name) => requested.has(name))
  const states = statesOf(graph, trainable).map(({ state }) => state)
  takeTrainingForm(graph, trainable)
  differentiate(graph, loss, trainable)
  accumulate(graph, trainable)
  for (const state of states) graph.outputs.push({ ...graph.info(state), name: `${state}.out` })
  if (!graph.opsets.has(MS)) graph.opsets.set(MS, 1)
  return graph
}

function takeTrainingForm(graph: Graph, trainable: readonly string[]): void {
  const g = new GraphBuilder(graph)
  const dependent = dependentValues(graph, trainable)
  const dependsOnTrainable = (value: string) => dependent.has(value)
  const { nodes } = graph
  graph.nodes = []
  for (const node of nodes) {
    const differentiated = node.inputs.some(dependsOnTrainable)
    graph.nodes.push(ruleOf(node)?.trainingForm?.(node, { g, differentiated, dependsOnTrainable }) ?? node)
  }
}

/** Adds each gradient to its buffer, in place; `lazy_reset_grad` overwrites the buffer instead. */
function accumulate(graph: Graph, trainable: readonly string[]): void {
  const g = new GraphBuilder(graph)
  for (const parameter of trainable) graph.inputs.push({ ...graph.info(parameter), name: bufferOf(parameter) })
  g.input(LAZY_RESET, 'bool', [1])
  for (const [i, parameter] of trainable.entries()) {
    const out = g.output(flagOf(parameter), 'bool', [1])
    const inputs = [bufferOf(parameter), gradientOf(parameter), LAZY_RESET]
    g.ops('InPlaceAccumulatorV2', inputs, {}, { domain: MS, outputs: [out], name: `GradientAccumulator${i + 1}` })
  }
}
