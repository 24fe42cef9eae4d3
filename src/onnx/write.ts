import { create, toBinary } from '@bufbuild/protobuf'
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
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.js'
import type { Attribute, Graph, Node, ValueInfo } from './graph.js'
import { originOf } from './origin.js'
import { codeOf, writeTensor } from './tensorProto.js'

const PRODUCER = 'onnx-finetune'

/** The bytes of an ONNX file. What was read from a file and not changed is written as it was. */
export function writeModel(graph: Graph): Uint8Array {
  const source = graph.source as ModelProto | undefined
  const message =
    source?.$typeName === 'onnx.ModelProto' ? { ...source } : create(ModelProtoSchema, { producerName: PRODUCER })
  message.irVersion = BigInt(graph.irVersion)
  message.opsetImport = [...graph.opsets].map(([domain, version]) => ({
    ...(source?.opsetImport?.find((opset) => opset.domain === domain) ?? {
      $typeName: 'onnx.OperatorSetIdProto' as const,
    }),
    domain,
    version: BigInt(version),
  }))
  message.metadataProps = [...graph.metadata].map(([key, value]) => ({
    $typeName: 'onnx.StringStringEntryProto',
    key,
    value,
  }))
  message.graph = writeGraph(graph, message.graph)
  return toBinary(ModelProtoSchema, message)
}

function writeGraph(graph: Graph, source?: GraphProto): GraphProto {
  const message = source ? { ...source } : create(GraphProtoSchema)
  message.name = graph.name
  message.node = graph.nodes.map(writeNode)
  message.initializer = [...graph.initializers].map(([name, tensor]) => writeTensor(tensor, name))
  message.input = graph.inputs.map(writeValueInfo)
  message.output = graph.outputs.map(writeValueInfo)
  const ends = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name))
  message.valueInfo = [...graph.values.values()].filter(({ name }) => !ends.has(name)).map(writeValueInfo)
  return message
}

function writeNode(node: Node): NodeProto {
  const source = node.source as NodeProto | undefined
  const message = source ? { ...source } : create(NodeProtoSchema)
  // A file may leave the name out; the one that reading made up stays out.
  if (!source || source.name) message.name = node.name
  message.opType = node.opType
  message.domain = node.domain
  message.input = node.inputs
  message.output = node.outputs
  message.attribute = Object.entries(node.attributes).map(([name, attribute]) => writeAttribute(name, attribute))
  return message
}

const encoder = new TextEncoder()

function writeAttribute(name: string, attribute: Attribute): AttributeProto {
  const origin = originOf<AttributeProto>(attribute)
  if (origin) return origin
  const of = (fields: Partial<AttributeProto>) => create(AttributeProtoSchema, { name, ...fields } as AttributeProto)
  switch (attribute.type) {
    case 'float':
      return of({ type: Kind.FLOAT, f: attribute.value })
    case 'int':
      return of({ type: Kind.INT, i: toBigInt(attribute.value) })
    case 'string':
      return of({ type: Kind.STRING, s: encoder.encode(attribute.value) })
    case 'floats':
      return of({ type: Kind.FLOATS, floats: [...attribute.value] })
    case 'ints':
      return of({ type: Kind.INTS, ints: attribute.value.map(toBigInt) })
    case 'strings':
      return of({ type: Kind.STRINGS, strings: attribute.value.map((text) => encoder.encode(text)) })
    case 'tensor':
      return of({ type: Kind.TENSOR, t: writeTensor(attribute.value) })
    case 'graph':
      return of({ type: Kind.GRAPH, g: writeGraph(attribute.value) })
    case 'other':
      return { ...(attribute.value as AttributeProto), name }
  }
}

/** The other half of reading's clamp: "to the very end" is the end of int64 again. */
function toBigInt(value: number): bigint {
  if (value === Number.MAX_SAFE_INTEGER) return 2n ** 63n - 1n
  if (value === -Number.MAX_SAFE_INTEGER) return -(2n ** 63n)
  return BigInt(value)
}

function writeValueInfo(value: ValueInfo): ValueInfoProto {
  const origin = originOf<ValueInfoProto>(value)
  if (origin) return origin
  const { name, type, shape } = value
  if (!type) return create(ValueInfoProtoSchema, { name })
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : typeof size === 'string'
          ? { case: 'dimParam' as const, value: size }
          : { case: undefined },
  }))
  const tensor = { elemType: codeOf(type), ...(dim && { shape: { dim } }) }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensor } } })
}
