import { checkArgument, kinds } from '../arguments.js'
import type { CheckpointParameter, CheckpointState, OptimizerGroupState } from '../contract/CheckpointState.js'
import { typeOf } from '../onnx/format/tensorProto.js'
import { NUMERIC_ARRAYS, numbersOf, sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import { CheckedBuffer } from './CheckedBuffer.js'
import { IDENTIFIER, malformed, VERSION } from './checkpointFormat.js'
import { artifactError } from './errors.js'
import { Checkpoint } from './gen/checkpoint.js'
import type { ModuleState } from './gen/module-state.js'
import type { OptimizerGroup } from './gen/optimizer-group.js'
import type { ParameterOptimizerState } from './gen/parameter-optimizer-state.js'
import type { PropertyBag } from './gen/property-bag.js'
import type { Tensor as TensorTable } from './gen/tensor.js'

/**
 * Reads an official `checkpoint` file. Tensors are views of `bytes` if its alignment allows.
 *
 * @throws FineTuneError 'artifacts/malformed-checkpoint', also for one whose tensors are in a separate file;
 *   'artifacts/checkpoint-version', 'options/invalid'
 */
export function readCheckpoint(bytes: Uint8Array): CheckpointState {
  checkArgument('readCheckpoint: bytes', bytes, kinds.bytes)
  const root = openCheckpoint(bytes)
  const version = root.version()
  if (version !== VERSION) throw artifactError('artifacts/checkpoint-version', { version, supported: VERSION })
  return {
    parameters: readParameters(root.moduleState()),
    optimizerGroups: list(root.optimizerGroupsLength(), (i) => readGroup(root.optimizerGroups(i)!)),
    properties: readProperties(root.propertyBag()),
  }
}

function openCheckpoint(bytes: Uint8Array): Checkpoint {
  if (bytes.length < 8) throw malformed(`it has ${bytes.length} bytes`)
  const found = String.fromCharCode(...bytes.subarray(4, 8))
  if (found !== IDENTIFIER) throw malformed(`it carries ${JSON.stringify(found)} where ${IDENTIFIER} belongs`)
  return Checkpoint.getRootAsCheckpoint(new CheckedBuffer(bytes))
}

/** Returns the items of a vector, which generated code reads one by one. */
const list = <T>(length: number, item: (index: number) => T): T[] => Array.from({ length }, (_, i) => item(i))

function readParameters(state: ModuleState | null): Map<string, CheckpointParameter> {
  const parameters = new Map<string, CheckpointParameter>()
  if (!state) return parameters
  if (state.hasExternalData()) throw malformed('its tensors lie in a .data file beside it')
  if (state.isNominalState()) throw malformed('it is nominal: it names tensors without their values')
  const add = (table: TensorTable, requiresGrad: boolean): void => {
    const [name, tensor] = readTensor(table)
    if (parameters.has(name)) throw malformed('it is there twice', `tensor ${name}`)
    parameters.set(name, { tensor, requiresGrad })
  }
  for (let i = 0; i < state.requiresGradParamsLength(); i++) add(state.requiresGradParams(i)!, true)
  for (let i = 0; i < state.frozenParamsLength(); i++) add(state.frozenParams(i)!, false)
  return parameters
}

function readGroup(group: OptimizerGroup): OptimizerGroupState {
  return {
    name: group.groupName() ?? '',
    step: Number(group.step()),
    learningRate: group.initialLearningRate(),
    states: new Map(list(group.optimizerStatesLength(), (i) => readState(group.optimizerStates(i)!))),
  }
}

function readState(state: ParameterOptimizerState): [string, Map<string, Tensor>] {
  const momentums = list(state.momentumsLength(), (i) => readTensor(state.momentums(i)!))
  return [state.paramName() ?? '', new Map(momentums)]
}

function readProperties(bag: PropertyBag | null): Map<string, bigint | number | string> {
  if (!bag) return new Map()
  const properties = [
    ...list(bag.intsLength(), (i) => bag.ints(i)!),
    ...list(bag.floatsLength(), (i) => bag.floats(i)!),
    ...list(bag.stringsLength(), (i) => bag.strings(i)!),
  ]
  return new Map(properties.map((property) => [property.name() ?? '', property.value() ?? '']))
}

function readTensor(table: TensorTable): [name: string, tensor: Tensor] {
  const name = table.name() ?? ''
  const where = `tensor ${name}`
  const code = table.dataType()
  const type = typeOf(code)
  if (type === undefined || type === 'string') throw malformed(`its data type ${code} is not supported`, where)
  const dims = list(table.dimsLength(), (i) => Number(table.dims(i)))
  const raw = table.rawDataArray() ?? new Uint8Array()
  const expected = sizeOf(dims) * NUMERIC_ARRAYS[type].BYTES_PER_ELEMENT
  if (dims.some((dim) => dim < 0) || raw.length !== expected)
    throw malformed(`its shape [${dims.join(', ')}] needs ${expected} bytes, but it has ${raw.length}`, where)
  return [name, { type, dims, data: numbersOf(type, raw)! } as Tensor]
}
