import { gradientOf } from '../contract/names.js'
import { GraphBuilder } from '../onnx/builder.js'
import { type Graph, type Node, type Shape, valuesReadBy } from '../onnx/graph/graph.js'
import { scalarTensor } from '../onnx/graph/tensor.js'
import { dependentValues } from '../onnx/transform/reachability.js'
import { autodiffError } from './errors.js'
import { ruleOf } from './gradients/register.js'
import { Gradients } from './support/Gradients.js'
import type { GradientContext, GradientRule } from './support/rule.js'

/** The operators of sizes, to which no gradient flows: what is computed from these alone needs no rules. */
const SIZES = new Set(['Shape', 'Size'])

/**
 * Differentiates in reverse mode: appends to `graph` the nodes that compute the gradient of the scalar `loss` with
 * respect to each of `parameters`, which becomes the value `<parameter>_grad`.
 *
 * One walk over the nodes from the last to the first. When it reaches a node, every reader of the node's outputs has
 * added its gradient, so these are complete; the rule of the operator turns them into gradients of the inputs. Only
 * inputs that depend on a parameter are followed.
 *
 * @throws FineTuneError 'autodiff/no-gradient' where an operator between a parameter and the loss has no rule
 * @throws FineTuneError 'autodiff/unreachable' for a parameter on which the loss does not depend
 */
export function differentiate(graph: Graph, loss: string, parameters: readonly string[]): void {
  const dependent = dependentValues(graph, parameters, SIZES)
  const g = new GraphBuilder(graph, 'gradient/')
  const gradients = new Gradients(g)
  gradients.add(loss, g.initializer(gradientOf(loss), scalarTensor(1)))
  for (const node of graph.nodes.toReversed()) {
    if (!valuesReadBy(node).some((value) => dependent.has(value))) continue
    const dys = node.outputs.map((output) => gradients.of(output))
    if (!dys.some(Boolean)) continue
    const [dy = '', ...others] = dys
    const rule = ruleOf(node)
    if (!rule?.gradient || (others.some(Boolean) && !rule.readsEveryOutput))
      throw autodiffError('autodiff/no-gradient', { op: node.opType, node: nameOf(node) })
    const before = graph.nodes.length
    const context = { g, node, dy, dys, opset: graph.opsets.get('') ?? 1, ...shapesOf(graph, node) }
    const found = gradientsOf(rule, context, (input) => dependent.has(input))
    nameNodes(graph.nodes.slice(before), node)
    for (const [i, input] of node.inputs.entries()) if (found[i]) gradients.add(input, found[i])
  }
  for (const parameter of parameters)
    if (!gradients.ofParameter(parameter)) throw autodiffError('autodiff/unreachable', { parameter, loss })
  gradients.giveNames()
}

/** Returns the gradients of a node's inputs, one by one, if they are wanted and there are any. */
function gradientsOf(
  rule: GradientRule,
  context: Omit<GradientContext, 'wants'>,
  isWanted: (value: string) => boolean,
): readonly (string | undefined)[] {
  const { inputs } = context.node
  const nameOfInput = (place: number) => rule.inputs[Math.min(place, rule.inputs.length - 1)]!
  const wants = (name: string) => inputs.some((input, place) => nameOfInput(place) === name && isWanted(input))
  const results = rule.gradient?.({ ...context, wants }) ?? {}
  return inputs.map((input, place) => {
    const name = nameOfInput(place)
    return isWanted(input) ? results[name]?.(place - rule.inputs.indexOf(name)) : undefined
  })
}

/** Names nodes as the official tool does: `/conv1/Conv_Grad/ConvGrad_0`. */
function nameNodes(made: readonly Node[], { name, outputs }: Node): void {
  for (const [i, node] of made.entries()) node.name = `${name || outputs[0]}_Grad/${node.opType}_${i}`
}

const nameOf = (node: Node): string => node.name || node.outputs[0]!

function shapesOf(graph: Graph, node: Node): Pick<GradientContext, 'knownShape' | 'shape' | 'staticShape'> {
  const unknown = (value: string) =>
    autodiffError('autodiff/unknown-shape', { value, op: node.opType, node: nameOf(node) })
  const knownShape = (value: string) => graph.info(value)?.shape
  const shape = (value: string): Shape => {
    const known = knownShape(value)
    if (!known) throw unknown(value)
    return known
  }
  const staticShape = (value: string, from: number) =>
    shape(value)
      .slice(from)
      .map((dim) => {
        if (typeof dim !== 'number') throw unknown(value)
        return dim
      })
  return { knownShape, shape, staticShape }
}
