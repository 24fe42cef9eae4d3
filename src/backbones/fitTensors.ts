import type { Tensor } from '../onnx/graph/tensor.js'
import { toFloat32 } from '../weights/toFloat32.js'
import { backboneError } from './errors.js'
import type { TensorSpec } from './TorchLayers.js'

export interface FitOptions {
  readonly backbone: string
  /** The file, for messages. */
  readonly source: string
  readonly ignoreUnexpected: boolean
}

const FLOATS = ['float32', 'float16', 'bfloat16', 'float64']

/**
 * Takes the tensors that a network needs from a file and converts them to float32. As strict as torch's
 * `load_state_dict`: a surplus tensor is an error as well, since a file of resnet34 holds all of resnet18. Torch's
 * `num_batches_tracked` counters are skipped.
 */
export function fitTensors(
  specs: readonly TensorSpec[],
  file: ReadonlyMap<string, Tensor>,
  { backbone, source, ignoreUnexpected }: FitOptions,
): Map<string, Tensor<'float32'>> {
  const known = new Set(specs.map(({ name }) => name))
  const missing = [...known].filter((name) => !file.has(name))
  const misshapen = specs.flatMap((spec) => misfit(spec, file.get(spec.name)) ?? [])
  const unexpected = ignoreUnexpected
    ? []
    : [...file.keys()].filter((name) => !known.has(name) && !name.endsWith('num_batches_tracked'))
  if (missing.length || misshapen.length || unexpected.length)
    throw backboneError('backbones/mismatch', { backbone, source, missing, misshapen, unexpected })
  return new Map(specs.map(({ name }) => [name, toFloat32(file.get(name)!)]))
}

function misfit({ name, dims }: TensorSpec, tensor: Tensor | undefined) {
  if (!tensor || (FLOATS.includes(tensor.type) && String(tensor.dims) === String(dims))) return undefined
  return {
    tensor: name,
    received: `${tensor.type} [${tensor.dims.join(', ')}]`,
    expected: `floats [${dims.join(', ')}]`,
  }
}
