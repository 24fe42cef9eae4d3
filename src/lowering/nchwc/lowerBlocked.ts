import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, NCHWC, type Node, operatorOf } from '../../onnx/graph/graph.js'
import { int64 } from '../../onnx/graph/tensor.js'
import { LoweringContext } from '../portable/support/lowering.js'
import type { OfficialGraph } from './layout/OfficialGraph.js'
import type { Plan } from './plan/Plan.js'
import { blockedRules } from './register.js'
import { BlockedWriter } from './writer/BlockedWriter.js'
import { writeAtBorder } from './writer/border.js'

const register = new Map(blockedRules.map((rule) => [rule.operator, rule]))

/**
 * Writes an official training graph in ONNX Runtime's blocked layout (NCHWc), according to the plan: activations,
 * weights and gradients of its convolutions never leave it, and the operators around them are folded into as few passes
 * over memory as possible. Nodes that are not in the plan are written in the standard layout, with reorders at the
 * borders.
 *
 * @param writePlain the lowering of one node in the standard layout
 */
export function lowerBlocked(
  official: OfficialGraph,
  plan: Plan,
  writePlain: (node: Node, context: LoweringContext) => void,
): Graph {
  const source = official.graph
  const lowered = source.clone()
  lowered.nodes = []
  lowered.values = new Map()
  lowered.opsets.set(NCHWC, 1)
  const g = new GraphBuilder(lowered, 'blocked/')
  const plain = new LoweringContext(g, source)
  const c = new BlockedWriter(g, official, plan, (node, c) =>
    writeAtBorder(node, c, (bordered) => writePlain(bordered, plain)),
  )
  for (const node of source.nodes) {
    if (isKnownShape(node, official)) lowered.initializers.set(node.outputs[0]!, int64(official.dims(node.inputs[0]!)))
    else if (plan.layout.nodes.has(node)) register.get(operatorOf(node))!.write(node, c)
    else c.writePlain(node, c)
  }
  for (const { name } of lowered.outputs) c.values.makePlain(name)
  return lowered
}

const isKnownShape = ({ domain, opType, attributes, inputs }: Node, official: OfficialGraph): boolean =>
  domain === '' && opType === 'Shape' && Object.keys(attributes).length === 0 && official.isKnown(inputs[0]!)
