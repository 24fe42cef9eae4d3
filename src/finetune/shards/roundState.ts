import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import { float16ToFloat32, float32ToFloat16 } from '../../onnx/graph/halfFloats.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { StoredFile } from '../../platform/contract.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { openSafetensors } from '../../weights/openSafetensors.js'
import { safetensorsPieces } from '../../weights/writeSafetensors.js'
import { optimizerTensors, plainGroups, plainGroupsSchema, takeOptimizer } from '../checkpoint/optimizerTensors.js'

/** The state that a round changes: trainable parameters, running statistics, and the optimizer's state. */
export interface RoundState {
  readonly weights: Readonly<Record<string, Tensor>>
  readonly optimizer: readonly OptimizerGroupState[]
}

/** The key of the groups of the optimizer in the metadata of a file, without their tensors. */
export const OPTIMIZER = 'optimizer'
/**
 * The key of the scales of the changes: in a file in float16, a parameter is half * scale more than in the common state.
 * (A half of the parameter itself would round most changes away.)
 */
export const SCALES = 'scales'

/** Returns the state of a session. */
export async function stateOf(session: TrainingEngine): Promise<RoundState> {
  const { parameters, optimizerGroups: optimizer } = await session.getCheckpoint()
  const changed = [...session.trainable, ...session.statistics]
  const weights = Object.fromEntries(changed.map((name) => [name, parameters.get(name)!.tensor]))
  return { weights, optimizer }
}

/** Returns a state as the pieces of a safetensors file. */
export function statePieces({ weights, optimizer }: RoundState): Uint8Array[] {
  const tensors = new Map([...Object.entries(weights), ...optimizerTensors(optimizer)])
  return safetensorsPieces(tensors, new Map([[OPTIMIZER, JSON.stringify(plainGroups(optimizer))]]))
}

/** Returns a state as `statePieces` does, but some of the weights as changes from a common state, in float16. */
export function changePieces(state: RoundState, common: RoundState, parameters: readonly string[]): Uint8Array[] {
  const { weights, optimizer } = state
  const tensors = new Map([...Object.entries(weights), ...optimizerTensors(optimizer)])
  const scales: Record<string, number> = {}
  for (const name of parameters) {
    const [after, before] = [weights[name]!, common.weights[name]!] as [Tensor<'float32'>, Tensor<'float32'>]
    const changes = after.data.map((value, i) => value - before.data[i]!)
    const scale = changes.reduce((most, change) => Math.max(most, Math.abs(change)), 0) || 1
    scales[name] = scale
    const data = float32ToFloat16(changes.map((change) => change / scale))
    tensors.set(name, { type: 'float16', dims: after.dims, data })
  }
  const metadata = [
    [OPTIMIZER, JSON.stringify(plainGroups(optimizer))],
    [SCALES, JSON.stringify(scales)],
  ] as const
  return safetensorsPieces(tensors, new Map(metadata))
}

/** Returns changes in float16 as numbers. */
export const changesFrom = (halves: Uint16Array, scale: number): Float64Array =>
  Float64Array.from(float16ToFloat32(halves), (value) => value * scale)

/** Reads the state in a file. @throws Error for a file that holds none */
export async function readState(file: StoredFile): Promise<RoundState> {
  const { metadata, tensors: read } = await openSafetensors(file)
  const groups = plainGroupsSchema.parse(JSON.parse(metadata.get(OPTIMIZER) ?? ''))
  const tensors = await read()
  const optimizer = takeOptimizer(groups, tensors)
  return { weights: Object.fromEntries(tensors), optimizer }
}
