import type { AttributeProto, TensorProto, ValueInfoProto } from './gen/onnx_pb.js'
import type { Attribute, ValueInfo } from './graph.js'
import type { Tensor } from './tensor.js'

/**
 * The message that an object was read from. As long as a pass hands the very object on, the message is written again as
 * it was, with fields that this library does not know. Objects are never changed in place, so this cannot go stale.
 */
const origins = new WeakMap<object, AttributeProto | TensorProto | ValueInfoProto>()

export function remember<T extends Attribute | Tensor | ValueInfo>(
  value: T,
  message: AttributeProto | TensorProto | ValueInfoProto,
): T {
  origins.set(value, message)
  return value
}

export const originOf = <M extends AttributeProto | TensorProto | ValueInfoProto>(value: object): M | undefined =>
  origins.get(value) as M | undefined
