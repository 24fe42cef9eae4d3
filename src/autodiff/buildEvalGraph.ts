import type { Graph } from '../onnx/graph/graph.js'
import { ruleOf } from './gradients/register.js'
import { type ObjectiveOptions, withObjective } from './objective.js'

/**
 * Builds the official `eval_model`: the forward graph and the loss, batch normalization in inference mode, dropout off.
 * It takes the user inputs, the labels and the parameters, in the order of the training graph.
 *
 * @throws FineTuneError 'options/invalid' for an invalid loss
 * @throws FineTuneError 'autodiff/unknown-parameter' for a name that is not an initializer of `forward`
 */
export function buildEvalGraph(forward: Graph, options: ObjectiveOptions): Graph {
  const { graph } = withObjective(forward, options)
  graph.nodes = graph.nodes.map((node) => ruleOf(node)?.inferenceForm?.(node) ?? node)
  return graph
}
