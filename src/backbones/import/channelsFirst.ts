import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { sinkTransposes } from '../../onnx/transform/sinkTransposes.js'
import { asPool } from './normalizeGraph.js'

/**
 * Gives a model of images [N, height, width, 3], as tf2onnx writes those of Keras, an input [N, 3, height, width]. The
 * Transpose that this takes meets the one in front of the first convolution. Other models are unchanged.
 */
export function channelsFirst(graph: Graph): void {
  const [input, ...others] = graph.inputs
  const [batch = null, height = null, width = null, channels] = input?.shape ?? []
  if (!input || others.length || input.shape?.length !== 4 || height === 3 || channels !== 3) return
  const nodes = graph.nodes
  const g = new GraphBuilder(graph)
  const first = { ...input, name: g.fresh(`${input.name}/first`), shape: [batch, 3, height, width] }
  graph.nodes = []
  g.op('Transpose', [first.name], { perm: [0, 2, 3, 1] }, { outputs: [input.name] })
  graph.nodes.push(...nodes)
  graph.inputs = [first]
  sinkTransposes(graph)
  graph.nodes = graph.nodes.flatMap((node) => asPool(node, graph))
}
