import { MASK_OF_ROWS } from '../../contract/names.js'
import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph, Node } from '../../onnx/graph/graph.js'
import { dependentValues } from '../../onnx/transform/reachability.js'
import { residualSums } from '../../onnx/transform/residualSums.js'

/**
 * Returns the network that a run trains: the model's, whose residual branches are dropped for some images if the run has
 * stochastic depth (Huang et al., 2016, arXiv 1603.09382). The probability grows linearly over the branches, from 0 to
 * that of the last. A frozen front is as it is in evaluation, so that its features can be cached.
 *
 * @throws FineTuneError 'options/invalid' where the network has no residual branch
 */
export function trainingGraphOf(
  { graph: forward, trainable, architecture }: Pick<Model, 'graph' | 'trainable' | 'architecture'>,
  { stochasticDepth: last }: { readonly stochasticDepth: number },
): Graph {
  if (last === 0) return forward
  const graph = forward.clone()
  const sums = residualSums(graph)
  if (sums.length === 0)
    throw baseError('options/invalid', {
      option: 'fineTune: stochasticDepth',
      received: last,
      expected: `left out, for ${architecture} has no residual branches (an Add of a value and of layers that begin at it)`,
    })
  const trained = dependentValues(graph, trainable)
  const g = new GraphBuilder(graph, 'stochastic_depth/')
  const dropouts = new Map<Node, Node>()
  for (const [i, { node, branch, rows }] of sums.entries()) {
    const ratio = sums.length === 1 ? last : (last * i) / (sums.length - 1)
    const value = node.inputs[branch]!
    if (ratio === 0 || !trained.has(value)) continue
    const name = g.fresh('Dropout')
    const attributes = { [MASK_OF_ROWS]: { type: 'int', value: rows } } as const
    const inputs = [value, g.scalar(ratio)]
    dropouts.set(node, { name, opType: 'Dropout', domain: '', inputs, outputs: [name], attributes })
    node.inputs[branch] = name
  }
  graph.nodes = graph.nodes.flatMap((node) => [...(dropouts.has(node) ? [dropouts.get(node)!] : []), node])
  return graph
}
