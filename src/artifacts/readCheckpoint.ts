import { checkArgument, kinds } from '../arguments.js'
import type { CheckpointParameter, CheckpointState, OptimizerGroupState } from '../contract/CheckpointState.js'
import { FineTuneError } from '../errors.js'
import { typeOf } from '../onnx/format/tensorProto.js'
import { NUMERIC_ARRAYS, numbersOf, sizeOf, type Tensor } from '../onnx/graph/tensor.js'
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
import { FlatTable, malformed } from './flatTable.js'

/**
 * Reads an official `checkpoint` file. Tensors are views of `bytes` where its alignment allows.
 *
 * @throws 'artifacts/malformed-checkpoint', also for one whose tensors lie in a file beside it;
 *   'artifacts/checkpoint-version', 'options/invalid'
 */
export function readCheckpoint(bytes: Uint8Array): CheckpointState {
  checkArgument('readCheckpoint: bytes', bytes, kinds.bytes)
  const root = FlatTable.root(bytes, IDENTIFIER)
  const version = root.int32(CHECKPOINT.version)
  if (version !== VERSION) throw new FineTuneError('artifacts/checkpoint-version', { version, supported: VERSION })
  return {
    parameters: readParameters(root.table(CHECKPOINT.moduleState)),
    optimizerGroups: root.tables(CHECKPOINT.optimizerGroups).map(readGroup),
    properties: readProperties(root.table(CHECKPOINT.propertyBag)),
  }
}

function readParameters(state: FlatTable | undefined): Map<string, CheckpointParameter> {
  if (state?.bool(MODULE_STATE.hasExternalData)) throw malformed('its tensors lie in a .data file beside it')
  if (state?.bool(MODULE_STATE.isNominal)) throw malformed('it is nominal: it names tensors without their values')
  const parameters = new Map<string, CheckpointParameter>()
  for (const requiresGrad of [true, false])
    for (const table of state?.tables(requiresGrad ? MODULE_STATE.requiresGrad : MODULE_STATE.frozen) ?? []) {
      const name = table.text(TENSOR.name)
      if (parameters.has(name)) throw malformed('it is there twice', `tensor ${name}`)
      parameters.set(name, { tensor: readTensor(table, name), requiresGrad })
    }
  return parameters
}

function readGroup(group: FlatTable): OptimizerGroupState {
  return {
    name: group.text(OPTIMIZER_GROUP.name),
    step: Number(group.int64(OPTIMIZER_GROUP.step)),
    learningRate: group.float32(OPTIMIZER_GROUP.initialLearningRate),
    states: new Map(
      group.tables(OPTIMIZER_GROUP.states).map((state) => {
        const momentums = state.tables(PARAMETER_STATE.momentums).map((table) => {
          const name = table.text(TENSOR.name)
          return [name, readTensor(table, name)] as const
        })
        return [state.text(PARAMETER_STATE.parameter), new Map(momentums)]
      }),
    ),
  }
}

function readProperties(bag: FlatTable | undefined): Map<string, bigint | number | string> {
  if (!bag) return new Map()
  const name = (table: FlatTable) => table.text(PROPERTY.name)
  return new Map<string, bigint | number | string>([
    ...bag.tables(PROPERTY_BAG.ints).map((table) => [name(table), table.int64(PROPERTY.value)] as const),
    ...bag.tables(PROPERTY_BAG.floats).map((table) => [name(table), table.float32(PROPERTY.value)] as const),
    ...bag.tables(PROPERTY_BAG.strings).map((table) => [name(table), table.text(PROPERTY.value)] as const),
  ])
}

function readTensor(table: FlatTable, name: string): Tensor {
  const where = `tensor ${name}`
  const code = table.int32(TENSOR.dataType)
  const type = typeOf(code)
  if (type === undefined || type === 'string') throw malformed(`its data type ${code} is not supported`, where)
  const dims = table.int64s(TENSOR.dims).map(Number)
  const raw = table.bytes(TENSOR.rawData)
  const expected = sizeOf(dims) * NUMERIC_ARRAYS[type].BYTES_PER_ELEMENT
  if (dims.some((dim) => dim < 0) || raw.length !== expected)
    throw malformed(`its shape [${dims.join(', ')}] needs ${expected} bytes, but it has ${raw.length}`, where)
  return { type, dims, data: numbersOf(type, raw)! } as Tensor
}
