import { create } from '@bufbuild/protobuf'
import type { Dim, ValueInfo } from '../graph/graph.js'
import { type ValueInfoProto, ValueInfoProtoSchema } from './gen/onnx_pb.js'
import { originOf, remember } from './origin.js'
import { codeOf, typeOf } from './tensorProto.js'

/**
 * Reads name, type and shape of a value. Other kinds (a sequence, a map) have neither type nor shape here, but keep
 * them in the file.
 */
export function readValueInfo(message: ValueInfoProto): ValueInfo {
  const tensor = message.type?.value.case === 'tensorType' ? message.type.value.value : undefined
  const type = tensor && typeOf(tensor.elemType)
  const shape = tensor?.shape?.dim.map(({ value }): Dim => {
    if (value.case === 'dimParam') return value.value || null
    // Some exporters write -1 for an unknown dimension.
    return value.case === 'dimValue' && isSize(value.value) ? Number(value.value) : null
  })
  return remember({ name: message.name, ...(type && { type }), ...(shape && { shape }) }, message)
}

const isSize = (value: bigint): boolean => value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)

/** Tells whether the file says that a value is a sequence, a map or another thing that is not a tensor. */
export function isNoTensor(value: ValueInfo): boolean {
  const kind = originOf<ValueInfoProto>(value)?.type?.value.case
  return kind !== undefined && kind !== 'tensorType'
}

export function writeValueInfo(value: ValueInfo): ValueInfoProto {
  const origin = originOf<ValueInfoProto>(value)
  if (origin) return origin
  const { name, type, shape } = value
  if (!type) return create(ValueInfoProtoSchema, { name })
  const tensor = { elemType: codeOf(type), ...(shape && { shape: { dim: shape.map(writeDim) } }) }
  return create(ValueInfoProtoSchema, { name, type: { value: { case: 'tensorType', value: tensor } } })
}

function writeDim(size: Dim) {
  if (typeof size === 'number') return { value: { case: 'dimValue' as const, value: BigInt(size) } }
  return { value: size === null ? { case: undefined } : { case: 'dimParam' as const, value: size } }
}
