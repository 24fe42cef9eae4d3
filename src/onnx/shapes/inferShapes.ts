import { checkArgument } from '../../arguments.js'
import { isFineTuneError } from '../../errors.js'
import { onnxError } from '../errors.js'
import { sparseInitializersOf } from '../format/names.js'
import { isNoTensor } from '../format/valueInfo.js'
import type { Graph, Node, ValueInfo } from '../graph/graph.js'
import { graphKind } from '../graph/kinds.js'
import { ofTensor } from './creation.js'
import { better, checked, describe, given, merge } from './known.js'
import { findRule } from './register.js'
import type { Known, RuleContext, ShapeRule } from './rule.js'

/**
 * Returns the graph with `values` filled in: type and shape of every value that a node makes, as far as they can be
 * known. Symbolic dimensions (`'N'`) are propagated. The model's own statements about a value are kept if the rules
 * know less. Subgraphs (of If, Loop, Scan) are not changed; the model must declare their nodes' results.
 *
 * @throws FineTuneError 'onnx/no-shape-rule' where an operator has no rule, and the model does not declare its outputs
 * @throws FineTuneError 'onnx/malformed' where the attributes of a node do not fit the shapes that it reads
 */
export function inferShapes(graph: Graph): Graph {
  checkArgument('inferShapes: graph', graph, graphKind)
  const known = new Map<string, Known>()
  for (const value of [...graph.inputs, ...sparseInitializersOf(graph)]) known.set(value.name, given(value))
  for (const [name, tensor] of graph.initializers) known.set(name, ofTensor(tensor))
  const declared = new Map([...graph.outputs.map((value) => [value.name, value] as const), ...graph.values])
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))

  const inferred = graph.clone()
  for (const node of graph.nodes) {
    const results = resultsOf(node, contextOf(graph, node, known, producer), declared)
    for (const [i, name] of node.outputs.entries()) {
      if (!name) continue
      const value = merge(results[i] ?? {}, declared.get(name))
      known.set(name, value)
      if (!outputs.has(name)) inferred.values.set(name, better(name, graph.values.get(name), value))
    }
  }
  inferred.outputs = graph.outputs.map((output) =>
    better(output.name, output, merge(known.get(output.name) ?? {}, output)),
  )
  return inferred
}

function resultsOf(node: Node, context: RuleContext, declared: ReadonlyMap<string, ValueInfo>): readonly Known[] {
  const rule = findRule(node)
  if (rule) return apply(rule, context)
  const isDeclared = (value: ValueInfo | undefined) => value !== undefined && (value.shape || isNoTensor(value))
  if (node.outputs.every((output) => !output || isDeclared(declared.get(output)))) return []
  throw onnxError('onnx/no-shape-rule', { op: operatorOf(node), node: node.name })
}

function apply(rule: ShapeRule, context: RuleContext): readonly Known[] {
  const { node, shape } = context
  try {
    return rule(context).slice(0, node.outputs.length).map(checked)
  } catch (cause) {
    if (isFineTuneError(cause)) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    const shapes = node.inputs.slice(0, 8).map((_, i) => describe(shape(i)))
    const problem = `the input shapes ${shapes.join(', ')} do not fit (${reason})`
    throw onnxError('onnx/malformed', { problem, where: `node ${node.name}, ${operatorOf(node)}` }, { cause })
  }
}

function contextOf(
  graph: Graph,
  node: Node,
  known: ReadonlyMap<string, Known>,
  producer: ReadonlyMap<string, Node>,
): RuleContext {
  const of = (index: number): Known => known.get(node.inputs[index] ?? '') ?? {}
  return {
    node,
    opset: graph.opsets.get(node.domain) ?? 1,
    has: (index) => Boolean(node.inputs[index]),
    type: (index) => of(index).type,
    shape: (index) => of(index).shape,
    elements: (index) => of(index).elements,
    numbers(index) {
      const { elements } = of(index)
      return elements?.every((element) => typeof element === 'number') ? (elements as readonly number[]) : undefined
    },
    behind: (index, input) => known.get(producer.get(node.inputs[index] ?? '')?.inputs[input] ?? '') ?? {},
    tensor: (index) => graph.initializers.get(node.inputs[index] ?? ''),
  }
}

const operatorOf = ({ domain, opType }: Node): string => [domain, opType].filter(Boolean).join('.')
