import type { CheckpointState } from '../artifacts/CheckpointState.js'
import type { Tensor } from '../onnx/tensor.js'
import type { Tensors } from './messages.js'

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

const ownsMemory = ({ data }: Tensor): boolean =>
  'buffer' in data && data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength
