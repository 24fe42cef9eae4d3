import type { Tensor } from '../../onnx/graph/tensor.js'

/** Joins tensors of one type and shape to one, with a new first dimension. */
export function stacked(tensors: readonly Tensor[]): Tensor {
  const { type, dims, data } = tensors[0] as Tensor<'float32'> | Tensor<'uint8'>
  const joined =
    type === 'uint8' ? new Uint8Array(tensors.length * data.length) : new Float32Array(tensors.length * data.length)
  for (const [i, one] of tensors.entries()) joined.set((one as Tensor<'float32'>).data, i * data.length)
  return { type, dims: [tensors.length, ...dims], data: joined } as Tensor
}
