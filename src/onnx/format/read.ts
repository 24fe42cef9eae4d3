import { fromBinary } from '@bufbuild/protobuf'
import { checkArgument, kinds } from '../../arguments.js'
import { onnxError } from '../errors.js'
import { type Attribute, Graph, type Node } from '../graph/graph.js'
import { toDomain, toNumber, toText, toVersion } from '../graph/scalars.js'
import { externalTensorsOf } from './externalTensors.js'
import {
  type AttributeProto,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
} from './gen/onnx_pb.js'
import { distinct, type Names, sparseInitializersOf, withOuter } from './names.js'
import { remember, rememberMadeUpName } from './origin.js'
import { sortNodes } from './sortNodes.js'
import { demandInside, readTensor } from './tensorProto.js'
import { readValueInfo } from './valueInfo.js'

/**
 * Reads the graph of an ONNX file. Everything that this library does not know is kept and written again. Tensors are
 * views of `bytes` where alignment allows it: do not change or transfer `bytes` afterwards.
 *
 * @throws FineTuneError 'onnx/malformed' (not a model, wrong lengths, names that are not unique, cycles),
 *   'onnx/unknown-value', 'onnx/unsupported-type', 'onnx/external-data' (weights in a file beside the model:
 *   `embedExternalData` puts them into it)
 */
export function readModel(bytes: Uint8Array): Graph {
  checkArgument('readModel: bytes', bytes, kinds.bytes)
  const model = decodeModel(bytes)
  if (!model.graph) throw onnxError('onnx/malformed', { problem: 'it has no graph' })
  // Also for parts that are kept unread: ONNX Runtime would look for their file in the working directory.
  for (const tensor of externalTensorsOf(model)) demandInside(tensor, `tensor ${tensor.name}`)
  const graph = readGraph(model.graph, new Set(), '')
  graph.opsets = new Map(
    model.opsetImport.map(({ domain, version }) => [
      toDomain(domain),
      toVersion(version, `the version of operator set ${domain || 'ai.onnx'}`),
    ]),
  )
  graph.irVersion = toVersion(model.irVersion, 'its ir_version')
  graph.metadata = new Map(model.metadataProps.map(({ key, value }) => [key, value]))
  graph.source = model
  return graph
}

/** Decodes a model. @throws FineTuneError 'onnx/malformed' */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length === 0) throw onnxError('onnx/malformed', { problem: 'it is empty (0 bytes)' })
  try {
    return fromBinary(ModelProtoSchema, bytes)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const problem = `its ${bytes.length} bytes are no protobuf message, or were cut off (${reason})`
    throw onnxError('onnx/malformed', { problem }, { cause })
  }
}

/** Reads a graph. @param where the node that a subgraph belongs to, for errors */
function readGraph(message: GraphProto, outer: Names, where: string): Graph {
  const graph = new Graph()
  graph.source = message
  graph.name = message.name
  graph.inputs = distinct(message.input, 'an input', where).map(readValueInfo)
  graph.outputs = distinct(message.output, 'an output', where).map(readValueInfo)
  graph.values = new Map(message.valueInfo.map((value) => [value.name, readValueInfo(value)]))
  graph.initializers = new Map(
    distinct(message.initializer, 'an initializer', where).map((tensor) => [
      tensor.name,
      readTensor(tensor, `tensor ${tensor.name}`),
    ]),
  )
  const given = new Set([...graph.inputs, ...sparseInitializersOf(graph)].map(({ name }) => name))
  for (const name of graph.initializers.keys()) given.add(name)
  const made = new Set(message.node.flatMap(({ output }) => output))
  const known = withOuter(given, outer)
  const nodes = message.node.map((node, i) => readNode(node, i, withOuter(made, known)))
  graph.nodes = sortNodes(nodes, known)
  checkMade(graph, given, withOuter(made, known), where)
  return graph
}

function checkMade(graph: Graph, given: Names, known: Names, where: string): void {
  const malformed = (problem: string) => onnxError('onnx/malformed', { problem, ...(where && { where }) })
  for (const { name, outputs } of graph.nodes) {
    const again = outputs.find((output) => given.has(output))
    if (again) throw malformed(`node ${name} makes ${again}, which is an input or initializer`)
  }
  const missing = graph.outputs.find(({ name }) => !known.has(name))
  if (missing) throw malformed(`nothing makes its output ${missing.name}`)
}

function readNode(message: NodeProto, index: number, scope: Names): Node {
  const name = message.name || message.output.find((output) => output) || `${message.opType}_${index}`
  if (!message.name) rememberMadeUpName(message, name)
  if (!message.opType) throw onnxError('onnx/malformed', { problem: `node ${name} has no op_type` })
  const attributes = distinct(message.attribute, 'an attribute', `node ${name}`)
  return {
    name,
    opType: message.opType,
    domain: toDomain(message.domain),
    inputs: [...message.input],
    outputs: [...message.output],
    attributes: Object.fromEntries(attributes.map((each) => [each.name, readAttribute(each, `node ${name}`, scope)])),
    source: message,
  }
}

function readAttribute(message: AttributeProto, where: string, scope: Names): Attribute {
  const known = (): Attribute => {
    switch (message.type) {
      case Kind.FLOAT:
        return { type: 'float', value: message.f }
      case Kind.INT:
        return { type: 'int', value: toNumber(message.i) }
      case Kind.STRING:
        return { type: 'string', value: toText(message.s) }
      case Kind.FLOATS:
        return { type: 'floats', value: message.floats }
      case Kind.INTS:
        return { type: 'ints', value: message.ints.map(toNumber) }
      case Kind.STRINGS:
        return { type: 'strings', value: message.strings.map(toText) }
      case Kind.TENSOR:
        return { type: 'tensor', value: readTensor(present(message.t), `${where}, attribute ${message.name}`) }
      case Kind.GRAPH:
        return { type: 'graph', value: readGraph(present(message.g), scope, `${where}, attribute ${message.name}`) }
      default:
        return { type: 'other', value: message }
    }
  }
  const present = <T>(value: T | undefined): T => {
    if (value !== undefined) return value
    throw onnxError('onnx/malformed', { problem: `attribute ${message.name} is empty`, where })
  }
  return remember(known(), message)
}
