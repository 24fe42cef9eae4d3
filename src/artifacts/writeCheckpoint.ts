import { Builder, type Offset } from 'flatbuffers'
import { checkArgument, isListOf, isMapOf, isObject, isWhole, type Kind } from '../arguments.js'
import type { CheckpointState, OptimizerGroupState } from '../contract/CheckpointState.js'
import { codeOf } from '../onnx/format/tensorProto.js'
import { isTensor } from '../onnx/graph/kinds.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { malformed, VERSION } from './checkpointFormat.js'
import { Checkpoint } from './gen/checkpoint.js'
import { FloatProperty } from './gen/float-property.js'
import { IntProperty } from './gen/int-property.js'
import { ModuleState } from './gen/module-state.js'
import { OptimizerGroup } from './gen/optimizer-group.js'
import { ParameterOptimizerState } from './gen/parameter-optimizer-state.js'
import { PropertyBag } from './gen/property-bag.js'
import { StringProperty } from './gen/string-property.js'
import { Tensor as TensorTable } from './gen/tensor.js'

/** The most bytes of a checkpoint: the official tool writes larger tensors to a second file. */
const MOST_BYTES = 1800 * 2 ** 20

/**
 * Returns the bytes of an official `checkpoint` file, version 2.
 *
 * @throws FineTuneError 'artifacts/malformed-checkpoint' for a tensor of strings, and above 1800 MiB
 */
export function writeCheckpoint(checkpoint: CheckpointState): Uint8Array {
  checkArgument('writeCheckpoint: checkpoint', checkpoint, stateKind)
  const size = [...checkpoint.parameters.values()].reduce((sum, { tensor }) => sum + bytesOf(tensor).length, 0)
  if (size > MOST_BYTES) throw malformed(`its tensors have ${size} bytes, more than ${MOST_BYTES}`)
  const b = new Builder(size + 1024 + 256 * checkpoint.parameters.size)
  const moduleState = writeParameters(b, checkpoint)
  const groups = checkpoint.optimizerGroups.map((group) => writeGroup(b, group))
  const optimizerGroups = Checkpoint.createOptimizerGroupsVector(b, groups)
  const properties = writeProperties(b, checkpoint)
  Checkpoint.startCheckpoint(b)
  Checkpoint.addVersion(b, VERSION)
  Checkpoint.addModuleState(b, moduleState)
  if (groups.length > 0) Checkpoint.addOptimizerGroups(b, optimizerGroups)
  if (checkpoint.properties.size > 0) Checkpoint.addPropertyBag(b, properties)
  Checkpoint.finishCheckpointBuffer(b, Checkpoint.endCheckpoint(b))
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
  const tensors = (wanted: boolean) =>
    [...parameters]
      .filter(([, { requiresGrad }]) => requiresGrad === wanted)
      .map(([name, { tensor }]) => writeTensor(b, name, tensor))
  const trainable = ModuleState.createRequiresGradParamsVector(b, tensors(true))
  const frozen = ModuleState.createFrozenParamsVector(b, tensors(false))
  ModuleState.startModuleState(b)
  ModuleState.addRequiresGradParams(b, trainable)
  ModuleState.addFrozenParams(b, frozen)
  return ModuleState.endModuleState(b)
}

/**
 * Writes the state of a group. A parameter without momentums is omitted: for a group without any parameter the official
 * runtime makes the momentums itself, zeros, but it rejects a parameter whose momentums are missing.
 */
function writeGroup(b: Builder, group: OptimizerGroupState): Offset {
  const withMomentums = [...group.states].filter(([, momentums]) => momentums.size > 0)
  const states = withMomentums.map(([parameter, momentums]) => {
    const name = b.createString(parameter)
    const tensors = [...momentums].map(([key, tensor]) => writeTensor(b, key, tensor))
    const vector = ParameterOptimizerState.createMomentumsVector(b, tensors)
    return ParameterOptimizerState.createParameterOptimizerState(b, name, vector)
  })
  const name = b.createString(group.name)
  const vector = OptimizerGroup.createOptimizerStatesVector(b, states)
  return OptimizerGroup.createOptimizerGroup(b, name, BigInt(group.step), group.learningRate, vector)
}

function writeProperties(b: Builder, { properties }: CheckpointState): Offset {
  const write = <T>(is: (value: unknown) => value is T, create: (name: Offset, value: T) => Offset): Offset[] =>
    [...properties].flatMap(([key, value]) => (is(value) ? [create(b.createString(key), value)] : []))
  const ints = write(isBigint, (name, value) => IntProperty.createIntProperty(b, name, value))
  const intsVector = PropertyBag.createIntsVector(b, ints)
  const floats = write(isNumber, (name, value) => FloatProperty.createFloatProperty(b, name, value))
  const floatsVector = PropertyBag.createFloatsVector(b, floats)
  const strings = write(isString, (name, value) => StringProperty.createStringProperty(b, name, b.createString(value)))
  return PropertyBag.createPropertyBag(b, intsVector, floatsVector, PropertyBag.createStringsVector(b, strings))
}

const isBigint = (value: unknown) => typeof value === 'bigint'
const isNumber = (value: unknown) => typeof value === 'number'
const isString = (value: unknown) => typeof value === 'string'

/** Writes a tensor. The elements are copied at once: generated code would write them byte by byte. */
function writeTensor(b: Builder, key: string, tensor: Tensor): Offset {
  const raw = b.createByteVector(bytesOf(tensor))
  const dims = TensorTable.createDimsVector(b, tensor.dims.map(BigInt))
  const name = b.createString(key)
  TensorTable.startTensor(b)
  TensorTable.addName(b, name)
  TensorTable.addDims(b, dims)
  TensorTable.addDataType(b, codeOf(tensor.type))
  TensorTable.addRawData(b, raw)
  return TensorTable.endTensor(b)
}

function bytesOf({ data }: Tensor): Uint8Array {
  if (!('buffer' in data)) throw malformed('a tensor of strings has no place in it')
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
