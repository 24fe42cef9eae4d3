import type { Attribute, Graph, ValueInfo } from '../graph/graph.js'
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from '../graph/halfFloats.js'
import { CAST_TO, type DataType, float32, type Tensor } from '../graph/tensor.js'
import { inferShapes } from '../shapes/inferShapes.js'
import { withSubgraphs } from './subgraphs.js'

/** The smallest value that rounds to infinity: 65504 is the largest float16. */
const BEYOND_FLOAT16 = 65520

/**
 * Converts a network in half precision to single precision, in place. Values stay exact; casts between the two are
 * removed.
 */
export function castToFloat32(graph: Graph): void {
  castGraph(graph, { from: ['float16', 'bfloat16'], to: 'float32', tensor: toFloat32 })
  dropCasts(graph)
}

/**
 * Converts a network in single precision to half precision, in place: constants are rounded to nearest, and a cast to
 * float32 becomes one to float16. The nodes then compute in float16 as well.
 */
export function castToFloat16(graph: Graph): void {
  castGraph(graph, { from: ['float32'], to: 'float16', tensor: toFloat16 })
}

/** Finds a constant that no finite float16 represents: the initializer or the node that holds it, and the value. */
export function findBeyondFloat16(graph: Graph): { readonly tensor: string; readonly value: number } | undefined {
  for (const [name, tensor] of constantsIn(graph)) {
    const floats = tensor.type === 'float32' ? (tensor.data as Float32Array) : new Float32Array()
    const value = floats.find((each) => Number.isFinite(each) && Math.abs(each) >= BEYOND_FLOAT16)
    if (value !== undefined) return { tensor: name, value }
  }
  return undefined
}

function* constantsIn(graph: Graph): Generator<[name: string, tensor: Tensor]> {
  yield* graph.initializers
  for (const { name, attributes } of graph.nodes)
    for (const attribute of Object.values(attributes))
      if (attribute.type === 'tensor') yield [name, attribute.value]
      else if (attribute.type === 'graph') yield* constantsIn(attribute.value)
}

interface Change {
  readonly from: readonly ('float32' | 'float16' | 'bfloat16')[]
  readonly to: 'float32' | 'float16'
  tensor(tensor: Tensor): Tensor
}

function castGraph(graph: Graph, change: Change): void {
  const isOld = (type: DataType | undefined) => (change.from as readonly unknown[]).includes(type)
  const tensor = (old: Tensor) => (isOld(old.type) ? change.tensor(old) : old)
  const value = (info: ValueInfo) => (isOld(info.type) ? { ...info, type: change.to } : info)
  for (const [name, initializer] of graph.initializers) graph.initializers.set(name, tensor(initializer))
  for (const [name, info] of graph.values) graph.values.set(name, value(info))
  graph.inputs = graph.inputs.map(value)
  graph.outputs = graph.outputs.map(value)
  for (const node of graph.nodes) {
    const entries = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => {
      if (attribute.type === 'tensor') return [name, { type: 'tensor', value: tensor(attribute.value) }]
      const isOldCast =
        node.opType === 'Cast' && name === 'to' && change.from.some((type) => CAST_TO[type] === attribute.value)
      return [name, isOldCast ? { type: 'int', value: CAST_TO[change.to] } : attribute]
    })
    node.attributes = withSubgraphs(Object.fromEntries(entries), (subgraph) => castGraph(subgraph, change))
  }
}

/** Replaces casts of values that are float32 already: these do nothing, and Cast to the same type has no gradient. */
function dropCasts(graph: Graph): void {
  const isCast = (node: Graph['nodes'][number]) =>
    node.opType === 'Cast' && node.attributes.to?.value === CAST_TO.float32
  const casts = graph.nodes.filter(isCast)
  if (!casts.length) return
  const known = inferShapes(graph)
  for (const node of casts)
    if (known.info(node.inputs[0]!)?.type === 'float32') Object.assign(node, { opType: 'Identity', attributes: {} })
}

function toFloat32({ type, dims, data }: Tensor): Tensor {
  const widen = type === 'float16' ? float16ToFloat32 : bfloat16ToFloat32
  return float32(widen(data as Uint16Array), dims)
}

const toFloat16 = ({ dims, data }: Tensor): Tensor => ({
  type: 'float16',
  dims,
  data: float32ToFloat16(data as Float32Array),
})
