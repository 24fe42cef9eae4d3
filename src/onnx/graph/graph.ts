import type { DataType, Tensor } from './tensor.js'

/** A dimension: known, symbolic by name (`'N'`), or unknown. */
export type Dim = number | string | null
export type Shape = readonly Dim[]

export interface ValueInfo {
  readonly name: string
  readonly type?: DataType
  readonly shape?: Shape
}

export type Attribute =
  | { readonly type: 'int' | 'float'; readonly value: number }
  | { readonly type: 'ints' | 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'graph'; readonly value: Graph }
  /** Kept as it was read, for a round trip: sparse tensors, type protos, lists of graphs. */
  | { readonly type: 'other'; readonly value: unknown }

/** One operator call. An omitted optional input or output is `''`, as in ONNX. The default domain is `''`. */
export interface Node {
  name: string
  opType: string
  domain: string
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
  /** The other contents of the file, for a lossless round trip. Opaque. */
  source?: unknown
}

/** The domains that this library knows by name. */
export const MS = 'com.microsoft'
export const NCHWC = 'com.microsoft.nchwc'

/** Returns the name of an operator in the registers: `Conv`, `com.microsoft:ConvGrad`. */
export const operatorOf = ({ domain, opType }: Pick<Node, 'domain' | 'opType'>): string =>
  domain ? `${domain}:${opType}` : opType

/**
 * A computation graph with the other contents of a model file. Plain data: passes read it and write new ones. Nodes are
 * in topological order. An initializer that is also listed in `inputs` is a default that a feed may override.
 */
export class Graph {
  name = 'graph'
  inputs: ValueInfo[] = []
  outputs: ValueInfo[] = []
  nodes: Node[] = []
  initializers = new Map<string, Tensor>()
  /** The types and shapes of intermediate values, as far as they are known. */
  values = new Map<string, ValueInfo>()
  /** The operator set version by domain. */
  opsets = new Map<string, number>([['', 18]])
  irVersion = 9
  metadata = new Map<string, string>()
  /** The other contents of the file, for a lossless round trip. Opaque. */
  source?: unknown

  /** Returns a copy whose lists and nodes can be changed freely; tensors are shared. */
  clone(): Graph {
    const copy = new Graph()
    Object.assign(copy, this)
    copy.inputs = [...this.inputs]
    copy.outputs = [...this.outputs]
    copy.nodes = this.nodes.map((node) => ({
      ...node,
      inputs: [...node.inputs],
      outputs: [...node.outputs],
      attributes: { ...node.attributes },
    }))
    copy.initializers = new Map(this.initializers)
    copy.values = new Map(this.values)
    copy.opsets = new Map(this.opsets)
    copy.metadata = new Map(this.metadata)
    return copy
  }

  /** Returns type and shape of a value, wherever it is declared: input, initializer, output, intermediate. */
  info(name: string): ValueInfo | undefined {
    const initializer = this.initializers.get(name)
    if (initializer) return { name, type: initializer.type, shape: initializer.dims }
    return (
      this.values.get(name) ??
      this.inputs.find((value) => value.name === name) ??
      this.outputs.find((value) => value.name === name)
    )
  }
}

/**
 * An index of the node that makes each value, and the nodes that read it. A snapshot: make a new one after changing the
 * graph.
 */
export interface GraphIndex {
  readonly producer: ReadonlyMap<string, Node>
  readonly consumers: ReadonlyMap<string, readonly Node[]>
}

export function indexGraph(graph: Graph): GraphIndex {
  const producer = new Map<string, Node>()
  const consumers = new Map<string, Node[]>()
  for (const node of graph.nodes) {
    for (const output of node.outputs) if (output) producer.set(output, node)
    for (const input of valuesReadBy(node)) {
      if (!input) continue
      const readers = consumers.get(input)
      if (readers) readers.push(node)
      else consumers.set(input, [node])
    }
  }
  return { producer, consumers }
}

/** Returns the values that a node reads: its inputs, and those that its subgraphs (If, Loop, Scan) take from outside. */
export function valuesReadBy({ inputs, attributes }: Node): string[] {
  const inner = Object.values(attributes).flatMap((attribute) =>
    attribute.type === 'graph' ? valuesTakenBy(attribute.value) : [],
  )
  return [...inputs, ...inner]
}

function valuesTakenBy({ inputs, initializers, nodes, outputs }: Graph): string[] {
  const own = new Set([
    ...inputs.map(({ name }) => name),
    ...initializers.keys(),
    ...nodes.flatMap((node) => node.outputs),
  ])
  return [...nodes.flatMap(valuesReadBy), ...outputs.map(({ name }) => name)].filter((value) => !own.has(value))
}

/** Returns the value of an attribute, or the default if it is absent. */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  return attribute?.type === 'int' ? attribute.value : fallback
}
export function floatAttribute(node: Node, name: string, fallback: number): number {
  const attribute = node.attributes[name]
  return attribute?.type === 'float' ? attribute.value : fallback
}
export function stringAttribute(node: Node, name: string, fallback: string): string {
  const attribute = node.attributes[name]
  return attribute?.type === 'string' ? attribute.value : fallback
}
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes[name]
  return attribute?.type === 'ints' ? attribute.value : undefined
}
