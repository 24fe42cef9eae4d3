import type { CheckpointParameter, CheckpointState, OptimizerGroupState } from '../../contract/CheckpointState.js'
import { NUMERIC_ARRAYS, type Tensor } from '../../onnx/graph/tensor.js'
import { TimeSlicer } from '../../TimeSlicer.js'
import type { Tensors } from './HostCalls.js'

/** The buffers of tensors that a message hands over. The tensors must own them: no other view survives. */
export const buffersOf = (tensors: Readonly<Tensors>): ArrayBuffer[] => distinctBuffers(Object.values(tensors))

/** As `buffersOf`, of everything in a checkpoint. */
export function checkpointBuffers({ parameters, optimizerGroups }: CheckpointState): ArrayBuffer[] {
  const states = optimizerGroups.flatMap((group) => [...group.states.values()].flatMap((state) => [...state.values()]))
  return distinctBuffers([...[...parameters.values()].map(({ tensor }) => tensor), ...states])
}

function distinctBuffers(tensors: readonly Tensor[]): ArrayBuffer[] {
  const buffers = tensors.map(({ data }) => ('buffer' in data ? data.buffer : undefined))
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}

/** Tensors with memory of their own. Shared memory becomes private, for ONNX Runtime refuses it. */
export function copies(tensors: Readonly<Tensors>): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]))
}

/** As `copies`, where that is needed to hand the tensors over. */
export function movable(tensors: Readonly<Tensors>): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, ownsMemory(tensor) ? tensor : copyOf(tensor)]),
  )
}

export function copyOf<T extends Tensor>(tensor: T): T {
  return { ...tensor, data: tensor.data.slice() }
}

/** For results that come in memory of their own. */
export const newMemory = (outputs: readonly string[]): Record<string, Tensor | null> =>
  Object.fromEntries(outputs.map((name) => [name, null]))

/** Copies of those of the names. */
export const pick = (tensors: Tensors, names: readonly string[]): Tensors =>
  copies(Object.fromEntries(names.map((name) => [name, tensors[name]!])))

/** Elements that are copied at a time: 4 MB of weights take a millisecond or a few. */
const SLICE = 2 ** 20

/** A checkpoint with memory of its own, to be handed over: copied in turns, for weights are many megabytes. */
export async function copyOfCheckpoint(checkpoint: CheckpointState): Promise<CheckpointState> {
  const slices = new TimeSlicer()
  const parameters: [string, CheckpointParameter][] = []
  for (const [name, { tensor, requiresGrad }] of checkpoint.parameters)
    parameters.push([name, { tensor: await copyInSlices(tensor, slices), requiresGrad }])
  const optimizerGroups: OptimizerGroupState[] = []
  for (const group of checkpoint.optimizerGroups) {
    const states = new Map<string, Map<string, Tensor>>()
    for (const [parameter, ofParameter] of group.states) {
      const copied = new Map<string, Tensor>()
      for (const [state, tensor] of ofParameter) copied.set(state, await copyInSlices(tensor, slices))
      states.set(parameter, copied)
    }
    optimizerGroups.push({ ...group, states })
  }
  return { ...checkpoint, parameters: new Map(parameters), optimizerGroups }
}

async function copyInSlices(tensor: Tensor, slices: TimeSlicer): Promise<Tensor> {
  if (tensor.type === 'string') return copyOf(tensor)
  const source = tensor.data as Float32Array
  const data = new (NUMERIC_ARRAYS[tensor.type] as Float32ArrayConstructor)(source.length)
  for (let at = 0; at < source.length; at += SLICE) {
    await slices.next()
    data.set(source.subarray(at, at + SLICE), at)
  }
  return { ...tensor, data } as Tensor
}

const ownsMemory = ({ data }: Tensor): boolean =>
  'buffer' in data && data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength
