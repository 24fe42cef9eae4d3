import type { Tensor } from '../onnx/tensor.js'
import type { Tensors } from './messages.js'

/** The buffers of tensors that a message hands over. The tensors must own them: no other view survives. */
export function buffersOf(tensors: Readonly<Tensors>): ArrayBuffer[] {
  const buffers = Object.values(tensors).map(({ data }) => ('buffer' in data ? data.buffer : undefined))
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

const ownsMemory = ({ data }: Tensor): boolean => 'buffer' in data && data.buffer instanceof ArrayBuffer
