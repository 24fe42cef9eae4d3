import { float32, sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import { seededRandom } from '../random.js'
import type { TensorSpec } from './TorchLayers.js'

/** Makes random weights with torchvision's initialisation. Each tensor has a random stream of its own, by its name. */
export function initialise(tensors: readonly TensorSpec[], seed: number): Map<string, Tensor<'float32'>> {
  return new Map(tensors.map((spec) => [spec.name, float32(draw(spec, seed), spec.dims)]))
}

function draw({ name, dims, init }: TensorSpec, seed: number): Float32Array {
  const data = new Float32Array(sizeOf(dims))
  if (init.type === 'constant') return data.fill(init.value)
  if (init.type === 'values') return Float32Array.from(init.values)
  const source = seededRandom(seed, 'init', name)
  if (init.type === 'normal') for (let i = 0; i < data.length; i++) data[i] = init.std * source.normal()
  else for (let i = 0; i < data.length; i++) data[i] = source.uniform(-init.bound, init.bound)
  return data
}
