import type { CheckpointParameter, CheckpointState, OptimizerGroupState } from '../../contract/CheckpointState.js'
import { NUMERIC_ARRAYS, type Tensor } from '../../onnx/graph/tensor.js'
import { TimeSlicer } from '../../TimeSlicer.js'
import { ownsBuffer } from '../../threads/methods.js'
import type { Tensors } from './HostCalls.js'

/** Returns the buffers of tensors that a message transfers. The tensors must own them: other views become empty. */
export const buffersOf = (tensors: Readonly<Tensors>): ArrayBuffer[] => distinctBuffers(Object.values(tensors))

/** Returns the buffers of all tensors in a checkpoint, with the conditions of `buffersOf`. */
export function checkpointBuffers({ parameters, optimizerGroups }: CheckpointState): ArrayBuffer[] {
  const states = optimizerGroups.flatMap((group) => [...group.states.values()].flatMap((state) => [...state.values()]))
  return distinctBuffers([...[...parameters.values()].map(({ tensor }) => tensor), ...states])
}

function distinctBuffers(tensors: readonly Tensor[]): ArrayBuffer[] {
  const buffers = tensors.map(({ data }) => ('buffer' in data ? data.buffer : undefined))
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer)
}

/**
 * Frees buffers at once, not when garbage is collected next, and leaves them empty: a message that is never received takes
 * its buffers along.
 */
export function discard(buffers: readonly ArrayBuffer[]): void {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(undefined, [...buffers])
  for (const port of [port1, port2]) port.close()
}

/** Copies tensors into memory of their own. Shared memory becomes private, because ONNX Runtime rejects it. */
export function copies(tensors: Readonly<Tensors>): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, copyOf(tensor)]))
}

/** Returns tensors that can be transferred: copies of those that do not own their memory. */
export function movable(tensors: Readonly<Tensors>): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, ownsMemory(tensor) ? tensor : copyOf(tensor)]),
  )
}

export function copyOf<T extends Tensor>(tensor: T): T {
  return { ...tensor, data: tensor.data.slice() }
}

/** Returns the fetches for outputs whose memory the runtime allocates. */
export const newMemory = (outputs: readonly string[]): Record<string, Tensor | null> =>
  Object.fromEntries(outputs.map((name) => [name, null]))

/** Returns copies of the tensors of these names. */
export const pick = (tensors: Tensors, names: readonly string[]): Tensors =>
  copies(Object.fromEntries(names.map((name) => [name, tensors[name]!])))

/** The number of elements that are copied at a time: 4 MB of weights take a few milliseconds. */
const SLICE = 2 ** 20

/** Copies a checkpoint for a transfer, in slices of time, because weights are many megabytes. */
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

const ownsMemory = ({ data }: Tensor): boolean => 'buffer' in data && ownsBuffer(data)
