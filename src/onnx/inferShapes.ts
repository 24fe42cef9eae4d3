import { FineTuneError } from '../errors.js'
import type { Graph, Node, ValueInfo } from './graph.js'
import { ofTensor } from './shapes/making.js'
import { findRule } from './shapes/register.js'
import type { Known, RuleContext } from './shapes/rule.js'
import { sizeOf } from './tensor.js'

/**
 * The graph with `values` filled in: type and shape of every value that a node makes, as far as they can be known.
 * Symbolic dimensions (`'N'`) are carried through. What the model says of a value itself is kept where the rules know less.
 *
 * @throws FineTuneError 'onnx/no-shape-rule' an operator has no rule, and the model does not say what it makes
 */
export function inferShapes(graph: Graph): Graph {
  const known = new Map<string, Known>()
  for (const { name, type, shape } of graph.inputs) known.set(name, { type, shape })
  for (const [name, tensor] of graph.initializers)
    known.set(name, sizeOf(tensor.dims) <= 64 ? ofTensor(tensor) : { type: tensor.type, shape: tensor.dims })
  const declared = new Map([...graph.outputs.map((value) => [value.name, value] as const), ...graph.values])
  const producer = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))

  const inferred = graph.clone()
  for (const node of graph.nodes) {
    const results = resultsOf(node, contextOf(graph, node, known, producer), declared)
    for (const [i, name] of node.outputs.entries()) {
      if (!name) continue
      const value = merge(results[i] ?? {}, declared.get(name))
      known.set(name, value)
      if (!graph.outputs.some((output) => output.name === name)) inferred.values.set(name, toInfo(name, value))
    }
  }
  inferred.outputs = graph.outputs.map((output) => better(output, known.get(output.name)))
  return inferred
}

function resultsOf(node: Node, context: RuleContext, declared: ReadonlyMap<string, ValueInfo>): readonly Known[] {
  const rule = findRule(node)
  if (rule) return rule(context)
  if (node.outputs.every((output) => !output || declared.get(output)?.shape)) return []
  throw new FineTuneError('onnx/no-shape-rule', {
    op: [node.domain, node.opType].filter(Boolean).join('.'),
    node: node.name,
  })
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

/** The rule's word first; the model's where the rule has none, axis by axis. */
function merge(result: Known, declared: ValueInfo | undefined): Known {
  const { type = declared?.type, elements } = result
  const shape =
    result.shape && result.shape.length === declared?.shape?.length
      ? result.shape.map((dim, i) => dim ?? declared.shape![i]!)
      : (result.shape ?? declared?.shape)
  return { type, shape, elements }
}

function toInfo(name: string, { type, shape }: Known): ValueInfo {
  return { name, ...(type && { type }), ...(shape && { shape }) }
}

/** An output as the model declares it, unless inference knows more. */
function better(output: ValueInfo, known: Known | undefined): ValueInfo {
  const { type, shape } = merge(known ?? {}, output)
  const same = type === output.type && JSON.stringify(shape) === JSON.stringify(output.shape)
  return same ? output : toInfo(output.name, { type, shape })
}
