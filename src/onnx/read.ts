import { fromBinary } from '@bufbuild/protobuf'
import { FineTuneError } from '../errors.js'
import {
  type AttributeProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type ValueInfoProto,
} from './gen/onnx_pb.js'
import { type Attribute, type Dim, Graph, type Node, type ValueInfo } from './graph.js'
import { remember } from './origin.js'
import { sortNodes } from './sortNodes.js'
import { readTensor, typeOf } from './tensorProto.js'

/**
 * The graph of an ONNX file. Everything that this library does not know stays with it and is written again.
 *
 * @throws FineTuneError 'onnx/malformed' (bytes that are no model, lengths that lie, names that are given twice, cycles),
 *   'onnx/unknown-value', 'onnx/external-data' (weights in a file beside the model)
 */
export function readModel(bytes: Uint8Array): Graph {
  const model = decode(bytes)
  if (!model.graph) throw new FineTuneError('onnx/malformed', { problem: 'it has no graph' })
  const graph = readGraph(model.graph, new Set())
  graph.opsets = new Map(
    model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
  )
  graph.irVersion = Number(model.irVersion)
  graph.metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]))
  graph.source = model
  return graph
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new FineTuneError('onnx/malformed', { problem: `the protobuf message is broken (${problem})` }, { cause })
  }
}

function readGraph(message: GraphProto, outer: ReadonlySet<string>): Graph {
  const graph = new Graph()
  graph.name = message.name
  graph.inputs = message.input.map(readValueInfo)
  graph.outputs = message.output.map(readValueInfo)
  graph.values = new Map(message.valueInfo.map((value) => [value.name, readValueInfo(value)]))
  graph.initializers = new Map(message.initializer.map((tensor) => [tensor.name, readTensor(tensor)]))
  graph.source = message
  const known = new Set([...outer, ...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()])
  for (const { values } of message.sparseInitializer) if (values) known.add(values.name)
  const scope = new Set([...known, ...message.node.flatMap(({ output }) => output)])
  graph.nodes = sortNodes(
    message.node.map((node, i) => readNode(node, i, scope)),
    known,
  )
  const made = new Set([...known, ...graph.nodes.flatMap(({ outputs }) => outputs)])
  const missing = graph.outputs.find(({ name }) => !made.has(name))
  if (missing) throw new FineTuneError('onnx/malformed', { problem: `nothing makes its output ${missing.name}` })
  return graph
}

function readNode(message: NodeProto, index: number, scope: ReadonlySet<string>): Node {
  const name = message.name || message.output.find((output) => output) || `${message.opType}_${index}`
  const attributes = message.attribute.map(
    (attribute) => [attribute.name, readAttribute(attribute, name, scope)] as const,
  )
  return {
    name,
    opType: message.opType,
    domain: message.domain === 'ai.onnx' ? '' : message.domain,
    inputs: [...message.input],
    outputs: [...message.output],
    attributes: Object.fromEntries(attributes),
    source: message,
  }
}

function readAttribute(message: AttributeProto, node: string, scope: ReadonlySet<string>): Attribute {
  const known = (): Attribute => {
    switch (message.type) {
      case Kind.FLOAT:
        return { type: 'float', value: message.f }
      case Kind.INT:
        return { type: 'int', value: toNumber(message.i) }
      case Kind.STRING:
        return { type: 'string', value: text(message.s) }
      case Kind.FLOATS:
        return { type: 'floats', value: message.floats }
      case Kind.INTS:
        return { type: 'ints', value: message.ints.map(toNumber) }
      case Kind.STRINGS:
        return { type: 'strings', value: message.strings.map(text) }
      case Kind.TENSOR:
        return { type: 'tensor', value: readTensor(present(message.t, message, node)) }
      case Kind.GRAPH:
        return { type: 'graph', value: readGraph(present(message.g, message, node), scope) }
      default:
        return { type: 'other', value: message }
    }
  }
  return remember(known(), message)
}

function present<T>(value: T | undefined, { name }: AttributeProto, node: string): T {
  if (value === undefined)
    throw new FineTuneError('onnx/malformed', { problem: `attribute ${name} is empty`, where: `node ${node}` })
  return value
}

/** int64 beyond 2^53 occurs as "to the very end" in slices; the nearest safe integer means the same. */
const toNumber = (value: bigint): number => Number(value > MAX_SAFE ? MAX_SAFE : value < -MAX_SAFE ? -MAX_SAFE : value)
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

const decoder = new TextDecoder()
const text = (bytes: Uint8Array): string => decoder.decode(bytes)

function readValueInfo(message: ValueInfoProto): ValueInfo {
  const tensor = message.type?.value.case === 'tensorType' ? message.type.value.value : undefined
  const type = tensor && typeOf(tensor.elemType)
  const shape = tensor?.shape?.dim.map(
    ({ value }): Dim =>
      value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' ? value.value : null,
  )
  return remember({ name: message.name, ...(type && { type }), ...(shape && { shape }) }, message)
}
