import type { Attribute, Graph, ValueInfo } from '../graph/graph.js'
import type { Tensor } from '../graph/tensor.js'
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from './gen/onnx_pb.js'

type Origin = AttributeProto | TensorProto | ValueInfoProto

/**
 * The messages that objects were read from. While a pass hands the very object on, the message is written again
 * unchanged, with fields that this library does not know. Except for the elements of a tensor, these objects are never
 * changed in place, so this cannot become stale.
 */
const origins = new WeakMap<object, Origin>()

export function remember<T extends Attribute | Tensor | ValueInfo>(value: T, message: Origin): T {
  origins.set(value, message)
  return value
}

export const originOf = <M extends Origin>(value: object): M | undefined => origins.get(value) as M | undefined

/** Names that were given to unnamed nodes on reading. They are not written while they are unchanged. */
const madeUpNames = new WeakMap<NodeProto, string>()

export function rememberMadeUpName(message: NodeProto, name: string): void {
  madeUpNames.set(message, name)
}

export const madeUpNameOf = (message: NodeProto): string | undefined => madeUpNames.get(message)

/** Returns the message that a graph was read from. */
export function graphMessageOf({ source }: Graph): GraphProto | undefined {
  const message = source as ModelProto | GraphProto | undefined
  return message?.$typeName === 'onnx.ModelProto' ? message.graph : message
}

/**
 * Copies a message so that its fields can be set. The prototype tells fields that are absent from fields that are
 * empty.
 */
export const copyMessage = <M extends object>(message: M): M =>
  Object.assign(Object.create(Object.getPrototypeOf(message)), message)

/** Sets the fields that differ: a field that is absent from a file, and has its default value, stays absent. */
export function setFields<M extends object>(message: M, fields: Partial<M>): M {
  for (const key of Object.keys(fields) as (keyof M)[])
    if (message[key] !== fields[key]) message[key] = fields[key] as M[typeof key]
  return message
}
