import { GraphBuilder } from '../onnx/builder.js'
import { type Graph, indexGraph, type Node } from '../onnx/graph/graph.js'
import { isDropout } from '../onnx/transform/removeDropout.js'
import type { Head, HeadLayer } from './Backbone.js'

/** Returns the names of all tensors of a head, in the order of the network. */
export const headTensors = ({ weight, bias, hidden = [] }: Head): readonly string[] =>
  [...hidden, { weight, bias }].flatMap((layer) => [layer.weight, layer.bias])

/**
 * Returns the names of a head of several layers in the place of one, those of torch's `fc = Sequential(Dropout, Linear, ReLU,
 * Dropout, Linear)`: fc.1, fc.4. A dropout of 0 counts, so that names do not depend on it, and so does the ReLU that an
 * embedding does not have.
 *
 * @param hidden the number of layers before the last one, the embedding among them
 */
export function deepHead(
  { weight, bias }: HeadLayer,
  hidden: number,
  {
    dropout = 0,
    embedding = false,
  }: { readonly dropout?: number | undefined; readonly embedding?: boolean | undefined } = {},
): Head {
  const share = dropout > 0 ? { dropout } : {}
  if (hidden === 0) return { weight, bias, ...share }
  const layers = Array.from({ length: hidden + 1 }, (_, i) => layerAt(weight, i))
  return { ...layers.at(-1)!, hidden: layers.slice(0, -1), ...(embedding && { embedding }), ...share }
}

/** Returns the names of the one layer that a head of several is in the place of. */
export function plainHead({ weight, bias, hidden }: Head): HeadLayer {
  const stem = hidden?.[0]?.weight.replace(/\.1\.weight$/, '')
  return stem === undefined ? { weight, bias } : { weight: `${stem}.weight`, bias: `${stem}.bias` }
}

function layerAt(plain: string, i: number): HeadLayer {
  const layer = `${plain.replace(/\.weight$/, '')}.${3 * i + 1}`
  return { weight: `${layer}.weight`, bias: `${layer}.bias` }
}

/** Counts the hidden layers that a file of weights has in the place of a head of one layer. */
export function hiddenLayersIn({ weight }: HeadLayer, has: (name: string) => boolean): number {
  if (has(weight)) return 0
  let layers = 0
  while (has(layerAt(weight, layers).weight)) layers++
  return Math.max(0, layers - 1)
}

/**
 * Returns the value that is the embedding of an image, before dropout: what the layer of that name makes, or what a head
 * without one reads. Undefined where that layer does not read its weight itself, such as with an adapter in it.
 */
export function embeddingIn(graph: Graph, head: Head): string | undefined {
  const layer = (head.embedding && head.hidden?.at(-1)) || undefined
  const weight = layer?.weight ?? headTensors(head)[0]
  const node = graph.nodes.find(({ inputs }) => inputs[1] === weight)
  if (layer || !node) return node?.outputs[0]
  const before = indexGraph(graph).producer.get(node.inputs[0]!)
  return before && isDropout(before) ? before.inputs[0] : node.inputs[0]
}

/** Replaces the one layer of a head by several, in place; the tensors are left to the caller. */
export function addHeadLayers(graph: Graph, plain: HeadLayer, head: Head): void {
  const [last, ...after] = graph.nodes.splice(graph.nodes.findIndex(({ inputs }) => inputs[1] === plain.weight))
  const g = new GraphBuilder(graph, 'head/')
  const dropped = (value: string) => (head.dropout ? g.op('Dropout', [value, g.scalar(head.dropout)]) : value)
  const add = (value: string, { weight, bias }: HeadLayer, names: Partial<Node>) =>
    void graph.nodes.push({ ...last!, ...names, inputs: [value, weight, bias] })
  let value = last!.inputs[0]!
  for (const layer of head.hidden ?? []) {
    const linear = g.fresh('Linear')
    add(dropped(value), layer, { name: linear, outputs: [linear] })
    const isEmbedding = head.embedding && layer === head.hidden?.at(-1)
    value = isEmbedding ? linear : g.op('Relu', [linear])
  }
  add(dropped(value), head, {})
  graph.nodes.push(...after)
}

/** Replaces a head of several layers, or with dropout, by one of one layer, in place; its tensors are removed. */
export function removeHeadLayers(graph: Graph, head: Head): void {
  const { producer } = indexGraph(graph)
  const isLayer = ({ inputs }: Node, { weight }: HeadLayer) => inputs[1] === weight
  const last = graph.nodes.find((node) => isLayer(node, head))!
  const first = head.hidden?.[0] ?? head
  const gone = new Set<Node>()
  let node = last
  while (!isLayer(node, first)) {
    node = producer.get(node.inputs[0]!)!
    gone.add(node)
  }
  const before = producer.get(node.inputs[0]!)
  if (head.dropout && before) gone.add(before)
  const features = head.dropout && before ? before.inputs[0]! : node.inputs[0]!
  const { weight, bias } = plainHead(head)
  graph.nodes = graph.nodes.filter((one) => !gone.has(one))
  graph.nodes[graph.nodes.indexOf(last)] = { ...last, inputs: [features, weight, bias] }
  for (const name of headTensors(head)) graph.initializers.delete(name)
  for (const name of [...gone].flatMap(({ outputs }) => outputs)) graph.values.delete(name)
}
