import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { numbers } from './resnet18Golden.js'

export const transformersPath = (name: string): string =>
  fileURLToPath(new URL(`../golden/transformers/${name}`, import.meta.url))

const { tensors, metadata } = readSafetensors(readFileSync(transformersPath('golden.safetensors')))
const seed = JSON.parse(metadata.get('seed')!)

/** What PyTorch computed in float64 (test/golden/transformers/make.py). */
export const transformersGolden = {
  seed,
  lr: JSON.parse(metadata.get('lr')!) as number,
  named: JSON.parse(metadata.get('named')!) as Record<string, StateDigest>,
  labels: int64([2, 0]),
  images: (size: number) => filled('images', [2, 3, size, size], [-2, 2]),
  tensor(name: string): Tensor {
    const tensor = tensors.get(name)
    if (!tensor) throw new Error(`The golden file has no ${name}`)
    return tensor
  },
}

/** Names and shapes of a state_dict. */
export interface StateDigest {
  readonly tensors: number
  readonly numbers: number
  /** SHA-256 of them as JSON, in order. */
  readonly sha256: string
}

/** Gives a graph's learned tensors their golden weights: those named, or all floats but scalars. */
export function fill(graph: Graph, names: readonly string[] = [...graph.initializers.keys()]): void {
  for (const [name, { dims, type }] of graph.initializers)
    if (type === 'float32' && dims.length > 0 && names.includes(name))
      graph.initializers.set(name, filled(name, dims, interval(name, dims)))
}

/** The norm of a gradient, and its product with the vector of numbers that belongs to it. */
export function factsOf(name: string, { data }: Tensor): [norm: number, product: number] {
  const direction = numbers(`${seed}/direction/${name}`, data.length)
  let [squares, product] = [0, 0]
  for (let i = 0; i < data.length; i++) {
    squares += Number(data[i]) ** 2
    product += Number(data[i]) * (2 * direction[i]! - 1)
  }
  return [Math.sqrt(squares), product]
}

function filled(name: string, dims: readonly number[], [low, high]: readonly [number, number]): Tensor<'float32'> {
  const uniform = numbers(`${seed}/${name}`, sizeOf(dims))
  return float32(
    Float32Array.from(uniform, (u) => low + (high - low) * u),
    dims,
  )
}

function interval(name: string, dims: readonly number[]): readonly [number, number] {
  if (name.endsWith('layer_scale') || (dims.length === 1 && name.endsWith('weight'))) return [0.5, 1.5]
  const bound = dims.length === 2 || dims.length === 4 ? 1 / Math.sqrt(sizeOf(dims.slice(1))) : 0.3
  return [-bound, bound]
}
