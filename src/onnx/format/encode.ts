import { toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { joined, lengthOf } from '../../bytes.js'
import { onnxError } from '../errors.js'
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './gen/onnx_pb.js'
import { copyMessage } from './origin.js'

/**
 * Encodes a model. `toBinary` moves the bytes of every weight several times; here each is copied once, to its place.
 * This relies on protobuf's rule that the encodings of the parts of a message, in any order, are an encoding of the
 * whole.
 */
export function encodeModel(model: ModelProto): Uint8Array {
  const rest = copyMessage(model)
  delete rest.graph
  const graph = model.graph ? field(ModelProtoSchema.field.graph.number, encodeGraph(model.graph)) : []
  return joined([toBinary(ModelProtoSchema, rest), ...graph])
}

function encodeGraph(graph: GraphProto): Uint8Array[] {
  const rest = copyMessage(graph)
  rest.initializer = []
  const { number } = GraphProtoSchema.field.initializer
  return [toBinary(GraphProtoSchema, rest), ...graph.initializer.flatMap((each) => field(number, encodeTensor(each)))]
}

function encodeTensor(tensor: TensorProto): Uint8Array[] {
  const { rawData } = tensor
  if (rawData.length === 0) return [toBinary(TensorProtoSchema, tensor)]
  const rest = copyMessage(tensor)
  delete (rest as Partial<TensorProto>).rawData
  return [toBinary(TensorProtoSchema, rest), ...field(TensorProtoSchema.field.rawData.number, [rawData])]
}

/** The longest protobuf message; ONNX Runtime reads no longer file. */
const MOST_BYTES = 2 ** 31 - 1

/** Encodes a field that holds bytes or a message: the whole graph of a model is one. */
function field(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const bytes = lengthOf(parts)
  if (bytes > MOST_BYTES) throw onnxError('onnx/too-large', { bytes, limit: MOST_BYTES })
  const head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(bytes).finish()
  return [head, ...parts]
}
