import * as z from 'zod'
import type { OptimizerGroupState } from '../../contract/CheckpointState.js'
import type { Tensor } from '../../onnx/graph/tensor.js'

/** Returns the name of a tensor of an optimizer. */
const stateName = (parameter: string, state: string): string => `optimizer/${parameter}/${state}`

/** The schema of the groups of an optimizer without their tensors. */
export const plainGroupsSchema = z.array(
  z.object({
    name: z.string(),
    step: z.int().min(0),
    learningRate: z.number(),
    states: z.array(z.tuple([z.string(), z.array(z.string())])),
  }),
)

type PlainGroups = z.output<typeof plainGroupsSchema>

/** Returns the groups of an optimizer without their tensors, as plain data: parameters, and the names of their states. */
export const plainGroups = (groups: readonly OptimizerGroupState[]): PlainGroups =>
  groups.map(({ states, ...group }) => ({
    ...group,
    states: [...states].map(([parameter, ofParameter]) => [parameter, [...ofParameter.keys()]]),
  }))

/** Returns the tensors of an optimizer's groups, by the names that they have in a file. */
export function optimizerTensors(groups: readonly OptimizerGroupState[]): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  for (const { states } of groups)
    for (const [parameter, ofParameter] of states)
      for (const [state, tensor] of ofParameter) tensors.set(stateName(parameter, state), tensor)
  return tensors
}

/** Restores groups, and takes their tensors from those of a file. @throws Error for a tensor that is missing */
export const takeOptimizer = (groups: PlainGroups, tensors: Map<string, Tensor>): OptimizerGroupState[] =>
  groups.map(({ states, ...group }) => {
    const ofParameters = states.map(([parameter, names]) => {
      const ofParameter = names.map((state) => [state, taken(tensors, stateName(parameter, state))] as const)
      return [parameter, new Map(ofParameter)] as const
    })
    return { ...group, states: new Map(ofParameters) }
  })

/** Takes a tensor out of a map. @throws Error if it is missing */
export function taken(tensors: Map<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name)
  if (!tensor) throw new Error(`the tensor ${name} is missing`)
  tensors.delete(name)
  return tensor
}
