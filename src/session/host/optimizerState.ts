import { artifactError } from '../../artifacts/errors.js'
import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import { gradientOf } from '../../contract/names.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { describe } from '../protocol/checkTensors.js'
import type { OptimizerPlan } from './optimizerPlan.js'

/**
 * Returns the optimizer's state in the form of a checkpoint: by group, then by parameter, as `momentum0`, `momentum1`.
 */
export async function saveOptimizer(
  plan: OptimizerPlan,
  step: number,
  read: (state: string) => Promise<Tensor>,
): Promise<readonly OptimizerGroupState[]> {
  const saved: OptimizerGroupState[] = []
  for (const { name, lr, params } of plan.groups) {
    const states = new Map<string, Map<string, Tensor>>()
    for (const parameter of params) {
      const momentums = new Map<string, Tensor>()
      for (const [i, state] of statesOf(plan, parameter).entries()) momentums.set(momentum(i), await read(state))
      states.set(parameter, momentums)
    }
    saved.push({ name, step, learningRate: lr, states })
  }
  return saved
}

/**
 * Restores the state of a checkpoint, and returns the number of updates before it. A checkpoint without any starts
 * anew.
 *
 * @throws FineTuneError 'artifacts/malformed-checkpoint' for a state that is not that of this optimizer
 */
export function restoreOptimizer(
  plan: OptimizerPlan,
  saved: readonly OptimizerGroupState[],
  write: (state: string, tensor: Tensor) => void,
): number {
  if (saved.length === 0) return 0
  for (const { name, params } of plan.groups) {
    const group = saved.find((candidate) => candidate.name === name)
    if (!group) throw unfit(`group ${name}`, 'the optimizer has this group, the checkpoint has not')
    for (const parameter of params) {
      const info = plan.graph.info(parameter)
      for (const [i, state] of statesOf(plan, parameter).entries()) {
        const tensor = group.states.get(parameter)?.get(momentum(i))
        const fits = tensor?.type === info?.type && `${tensor?.dims}` === `${info?.shape}`
        if (!tensor || !fits) throw unfit(state, `it must be ${describe(info?.type, info?.shape)}`)
        write(state, tensor)
      }
    }
  }
  return saved[0]!.step
}

/** Returns the inputs of the update that follow a parameter and its gradient. */
function statesOf({ graph, groups }: OptimizerPlan, parameter: string): readonly string[] {
  const names = graph.inputs.map(({ name }) => name)
  const parameters = new Set(groups.flatMap(({ params }) => params))
  const rest = names.slice(names.indexOf(gradientOf(parameter)) + 1)
  const end = rest.findIndex((name) => parameters.has(name))
  return end < 0 ? rest : rest.slice(0, end)
}

const momentum = (i: number): string => `momentum${i}`
const unfit = (where: string, problem: string) => artifactError('artifacts/malformed-checkpoint', { where, problem })
