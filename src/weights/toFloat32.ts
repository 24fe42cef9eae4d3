import { checkArgument } from '../arguments.js'
import { bfloat16ToFloat32, float16ToFloat32 } from '../onnx/graph/halfFloats.js'
import { tensorKind } from '../onnx/graph/kinds.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { weightsError } from './errors.js'

/**
 * Converts a numeric tensor to float32. float16 and bfloat16 widen exactly; float64 and large integers round to
 * nearest. A float32 tensor is returned itself, not copied.
 *
 * @throws FineTuneError 'weights/not-numbers' for a tensor of strings
 */
export function toFloat32(tensor: Tensor): Tensor<'float32'> {
  checkArgument('toFloat32: tensor', tensor, tensorKind)
  if (isType(tensor, 'float32')) return tensor
  if (isType(tensor, 'float16')) return float32(float16ToFloat32(tensor.data), tensor.dims)
  if (isType(tensor, 'bfloat16')) return float32(bfloat16ToFloat32(tensor.data), tensor.dims)
  if (isType(tensor, 'string')) throw weightsError('weights/not-numbers', { dims: tensor.dims })
  if (isType(tensor, 'int64') || isType(tensor, 'uint64'))
    return float32(Float32Array.from(tensor.data as Iterable<bigint>, Number), tensor.dims)
  return float32(new Float32Array(tensor.data as ArrayLike<number>), tensor.dims)
}

const isType = <T extends Tensor['type']>(tensor: Tensor, type: T): tensor is Tensor<T> => tensor.type === type
