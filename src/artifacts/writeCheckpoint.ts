import { Builder, type Offset } from 'flatbuffers'
import { checkArgument, isListOf, isMapOf, isObject, isWhole, type Kind } from '../arguments.js'
import type { CheckpointState, OptimizerGroupState } from '../contract/CheckpointState.js'
import { codeOf } from '../onnx/format/tensorProto.js'
import { isTensor } from '../onnx/graph/kinds.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import {
  CHECKPOINT,
  IDENTIFIER,
  MODULE_STATE,
  OPTIMIZER_GROUP,
  PARAMETER_STATE,
  PROPERTY,
  PROPERTY_BAG,
  TENSOR,
  VERSION,
} from './checkpointSchema.js'
import { malformed } from './flatTable.js'

/** The official tool puts tensors in a second file past this size. */
const MOST_BYTES = 1800 * 2 ** 20

/**
 * The bytes of an official `checkpoint` file, version 2.
 *
 * @throws 'artifacts/malformed-checkpoint' for a tensor of strings, and past 1800 MiB
 */
export function writeCheckpoint(checkpoint: CheckpointState): Uint8Array {
  checkArgument('writeCheckpoint: checkpoint', checkpoint, stateKind)
  const size = [...checkpoint.parameters.values()].reduce((sum, { tensor }) => sum + bytesOf(tensor).length, 0)
  if (size > MOST_BYTES) throw malformed(`its tensors have ${size} bytes, more than ${MOST_BYTES}`)
  const b = new Builder(size + 1024 + 256 * checkpoint.parameters.size)
  const moduleState = writeParameters(b, checkpoint)
  const groups = vector(
    b,
    checkpoint.optimizerGroups.map((group) => writeGroup(b, group)),
  )
  const properties = writeProperties(b, checkpoint)
  const root = table(b, 4, () => {
    b.addFieldInt32(CHECKPOINT.version, VERSION, 0)
    b.addFieldOffset(CHECKPOINT.moduleState, moduleState, 0)
    if (checkpoint.optimizerGroups.length > 0) b.addFieldOffset(CHECKPOINT.optimizerGroups, groups, 0)
    if (checkpoint.properties.size > 0) b.addFieldOffset(CHECKPOINT.propertyBag, properties, 0)
  })
  b.finish(root, IDENTIFIER)
  return b.asUint8Array()
}

const isGroup = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.name === 'string' &&
  isWhole(value.step) &&
  typeof value.learningRate === 'number' &&
  isMapOf(value.states, (states) => isMapOf(states, isTensor))

const stateKind: Kind = {
  expected: '{ parameters, optimizerGroups, properties }, as readCheckpoint returns it',
  is: (value) =>
    isObject(value) &&
    isMapOf(value.parameters, (parameter) => isObject(parameter) && isTensor(parameter.tensor)) &&
    isListOf(value.optimizerGroups, isGroup) &&
    isMapOf(value.properties, (property) => ['bigint', 'number', 'string'].includes(typeof property)),
}

function writeParameters(b: Builder, { parameters }: CheckpointState): Offset {
  const [trainable, frozen] = [true, false].map((wanted) => {
    const some = [...parameters].filter(([, { requiresGrad }]) => requiresGrad === wanted)
    return vector(
      b,
      some.map(([name, { tensor }]) => writeTensor(b, name, tensor)),
    )
  })
  return table(b, 2, () => {
    b.addFieldOffset(MODULE_STATE.requiresGrad, trainable!, 0)
    b.addFieldOffset(MODULE_STATE.frozen, frozen!, 0)
  })
}

/**
 * A parameter without momentums is left out: of a group without any parameter the official runtime makes the momentums
 * itself, zeros, where it refuses one whose momentums are not there.
 */
function writeGroup(b: Builder, group: OptimizerGroupState): Offset {
  const withMomentums = [...group.states].filter(([, momentums]) => momentums.size > 0)
  const states = withMomentums.map(([parameter, momentums]) => {
    const name = b.createString(parameter)
    const tensors = vector(
      b,
      [...momentums].map(([key, tensor]) => writeTensor(b, key, tensor)),
    )
    return table(b, 2, () => {
      b.addFieldOffset(PARAMETER_STATE.parameter, name, 0)
      b.addFieldOffset(PARAMETER_STATE.momentums, tensors, 0)
    })
  })
  const [name, list] = [b.createString(group.name), vector(b, states)]
  return table(b, 4, () => {
    b.addFieldOffset(OPTIMIZER_GROUP.name, name, 0)
    b.addFieldInt64(OPTIMIZER_GROUP.step, BigInt(group.step), 0n)
    b.addFieldFloat32(OPTIMIZER_GROUP.initialLearningRate, group.learningRate, 0)
    b.addFieldOffset(OPTIMIZER_GROUP.states, list, 0)
  })
}

function writeProperties(b: Builder, { properties }: CheckpointState): Offset {
  const of = <T>(is: (value: unknown) => value is T, add: (value: T) => () => void) =>
    vector(
      b,
      [...properties]
        .filter((entry): entry is [string, T & (bigint | number | string)] => is(entry[1]))
        .map(([key, value]) => {
          const [name, write] = [b.createString(key), add(value)]
          return table(b, 2, () => {
            b.addFieldOffset(PROPERTY.name, name, 0)
            write()
          })
        }),
    )
  const ints = of(isBigint, (value) => () => b.addFieldInt64(PROPERTY.value, value, 0n))
  const floats = of(isNumber, (value) => () => b.addFieldFloat32(PROPERTY.value, value, 0))
  const strings = of(isString, (value) => {
    const text = b.createString(value)
    return () => b.addFieldOffset(PROPERTY.value, text, 0)
  })
  return table(b, 3, () => {
    b.addFieldOffset(PROPERTY_BAG.ints, ints, 0)
    b.addFieldOffset(PROPERTY_BAG.floats, floats, 0)
    b.addFieldOffset(PROPERTY_BAG.strings, strings, 0)
  })
}

const isBigint = (value: unknown) => typeof value === 'bigint'
const isNumber = (value: unknown) => typeof value === 'number'
const isString = (value: unknown) => typeof value === 'string'

function writeTensor(b: Builder, key: string, tensor: Tensor): Offset {
  const raw = b.createByteVector(bytesOf(tensor))
  b.startVector(8, tensor.dims.length, 8)
  for (const dim of [...tensor.dims].reverse()) b.addInt64(BigInt(dim))
  const dims = b.endVector()
  const name = b.createString(key)
  return table(b, 6, () => {
    b.addFieldOffset(TENSOR.name, name, 0)
    b.addFieldOffset(TENSOR.dims, dims, 0)
    b.addFieldInt32(TENSOR.dataType, codeOf(tensor.type), 0)
    b.addFieldOffset(TENSOR.rawData, raw, 0)
  })
}

function bytesOf({ data }: Tensor): Uint8Array {
  if (!('buffer' in data)) throw malformed('a tensor of strings has no place in it')
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function table(b: Builder, fields: number, write: () => void): Offset {
  b.startObject(fields)
  write()
  return b.endObject()
}

function vector(b: Builder, offsets: readonly Offset[]): Offset {
  b.startVector(4, offsets.length, 4)
  for (const offset of [...offsets].reverse()) b.addOffset(offset)
  return b.endVector()
}
