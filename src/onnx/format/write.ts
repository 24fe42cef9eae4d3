import { create } from '@bufbuild/protobuf'
import { checkArgument } from '../../arguments.js'
import type { Attribute, Graph, Node } from '../graph/graph.js'
import { graphKind } from '../graph/kinds.js'
import { toBigInt, toBytes, toDomain } from '../graph/scalars.js'
import { encodeModel } from './encode.js'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
} from './gen/onnx_pb.js'
import { copyMessage, graphMessageOf, madeUpNameOf, originOf, setFields } from './origin.js'
import { writeTensor } from './tensorProto.js'
import { writeValueInfo } from './valueInfo.js'

const PRODUCER = 'onnx-finetune'

/**
 * Returns the bytes of an ONNX file. Parts that were read from a file and not changed are written unchanged.
 *
 * @throws FineTuneError 'onnx/too-large' above 2 GiB
 */
export function writeModel(graph: Graph): Uint8Array {
  checkArgument('writeModel: graph', graph, graphKind)
  const source = graph.source as ModelProto | GraphProto | undefined
  const model = source?.$typeName === 'onnx.ModelProto' ? source : undefined
  const message = model ? copyMessage(model) : create(ModelProtoSchema, { producerName: PRODUCER })
  setFields(message, { irVersion: BigInt(graph.irVersion) })
  message.opsetImport = [...graph.opsets].map(([domain, version]) => {
    const read = model?.opsetImport.findLast((opset) => toDomain(opset.domain) === domain)
    return setFields(read ? copyMessage(read) : create(OperatorSetIdProtoSchema, { domain }), {
      version: BigInt(version),
    })
  })
  message.metadataProps = [...graph.metadata].map(([key, value]) => {
    const read = model?.metadataProps.findLast((entry) => entry.key === key && entry.value === value)
    return read ?? create(StringStringEntryProtoSchema, { key, value })
  })
  message.graph = writeGraph(graph)
  return encodeModel(message)
}

function writeGraph(graph: Graph): GraphProto {
  const source = graphMessageOf(graph)
  const message = source ? copyMessage(source) : create(GraphProtoSchema)
  setFields(message, { name: graph.name })
  message.node = graph.nodes.map(writeNode)
  message.initializer = [...graph.initializers].map(([name, tensor]) => writeTensor(tensor, name))
  message.input = graph.inputs.map(writeValueInfo)
  message.output = graph.outputs.map(writeValueInfo)
  message.valueInfo = valuesOf(graph, source).map(writeValueInfo)
  return message
}

/**
 * Returns the value_info. Inputs and outputs state their types themselves. A file may repeat them; then that is kept.
 */
function valuesOf({ inputs, outputs, values }: Graph, source: GraphProto | undefined) {
  const ends = new Set([...inputs, ...outputs].map(({ name }) => name))
  const readEnds = new Set([...(source?.input ?? []), ...(source?.output ?? [])].map(({ name }) => name))
  const saysSomething = (value: object) => 'type' in value || originOf(value) !== undefined
  return [...values.values()].filter(
    (value) => saysSomething(value) && (!ends.has(value.name) || readEnds.has(value.name)),
  )
}

function writeNode(node: Node): NodeProto {
  const source = node.source as NodeProto | undefined
  const message = source ? copyMessage(source) : create(NodeProtoSchema)
  if (!source || node.name !== madeUpNameOf(source)) setFields(message, { name: node.name })
  if (toDomain(message.domain) !== node.domain) message.domain = node.domain
  message.opType = node.opType
  message.input = node.inputs
  message.output = node.outputs
  message.attribute = Object.entries(node.attributes).map(([name, attribute]) => writeAttribute(name, attribute))
  return message
}

function writeAttribute(name: string, attribute: Attribute): AttributeProto {
  if (attribute.type === 'other') return setFields(copyMessage(attribute.value as AttributeProto), { name })
  const origin = originOf<AttributeProto>(attribute)
  // A subgraph is a graph: passes may have changed it in place.
  if (origin && attribute.type === 'graph')
    return setFields(copyMessage(origin), { name, g: writeGraph(attribute.value) })
  if (origin) return origin.name === name ? origin : setFields(copyMessage(origin), { name })
  return create(AttributeProtoSchema, { name, ...fieldsOf(attribute) })
}

function fieldsOf(attribute: Exclude<Attribute, { type: 'other' }>) {
  switch (attribute.type) {
    case 'float':
      return { type: Kind.FLOAT, f: attribute.value }
    case 'int':
      return { type: Kind.INT, i: toBigInt(attribute.value) }
    case 'string':
      return { type: Kind.STRING, s: toBytes(attribute.value) }
    case 'floats':
      return { type: Kind.FLOATS, floats: [...attribute.value] }
    case 'ints':
      return { type: Kind.INTS, ints: attribute.value.map(toBigInt) }
    case 'strings':
      return { type: Kind.STRINGS, strings: attribute.value.map(toBytes) }
    case 'tensor':
      return { type: Kind.TENSOR, t: writeTensor(attribute.value) }
    case 'graph':
      return { type: Kind.GRAPH, g: writeGraph(attribute.value) }
  }
}
