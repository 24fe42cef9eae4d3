import type { CheckpointState, OptimizerGroupState } from '../artifacts/CheckpointState.js'
import { readModel } from '../onnx/read.js'
import { OPTIMIZER_METADATA } from '../optim/updateGraph.js'
import { zeros } from '../session/Memory.js'

/**
 * The optimizer's state as the official runtime wants it: for SGD, too, with a momentum for each parameter, which its
 * operator takes as an input and does not use.
 */
export function officialStates(
  groups: readonly OptimizerGroupState[],
  optimizerModel: Uint8Array,
  parameters: CheckpointState['parameters'],
): readonly OptimizerGroupState[] {
  if (readModel(optimizerModel).metadata.has(OPTIMIZER_METADATA)) return groups
  return groups.map((group) => ({
    ...group,
    states: new Map(
      [...group.states].map(([parameter, states]) => {
        const { type, dims } = parameters.get(parameter)!.tensor
        return [parameter, states.size > 0 ? states : new Map([['momentum0', zeros(type, dims)]])]
      }),
    ),
  }))
}
