import { gunzipSync } from 'node:zlib'
import { readBytes } from '#platform'
import { float32, int64, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { numbers } from './resnet18Golden.js'

/** What torchvision's network computed in float64 (test/golden/networks/make.py), and the inputs of it. */
export interface NetworkGolden {
  readonly width: number
  readonly size: number
  readonly classes: number
  /** float32 [batch, 3, size, size] */
  readonly images: Tensor<'float32'>
  /** int64 [batch] */
  readonly labels: Tensor<'int64'>
  /** Of the network in inference form. */
  readonly logits: Tensor
  /** Mean cross-entropy in train mode. */
  readonly loss: number
  /** The norm of each parameter's gradient, and its product with `along`, in the order of the network. */
  readonly gradients: readonly (readonly [norm: number, product: number])[]
  /** A parameter or running statistic before training. */
  weight(name: string, dims: readonly number[]): Tensor<'float32'>
  /** The vector that a gradient is multiplied with. */
  along(name: string, length: number): Float64Array
}

const folder = new URL('../golden/networks/', import.meta.url)
const { tensors, metadata } = readSafetensors(await readBytes(new URL('golden.safetensors', folder)))
type Numbers = Readonly<Record<string, number>>
const [widths, seeds] = ['widths', 'seeds'].map((name) => JSON.parse(metadata.get(name)!)) as [Numbers, Numbers]
const [batch, size, classes] = ['batch', 'size', 'classes'].map((name) => Number(metadata.get(name)))

/** The names of the networks. */
export const goldenNetworks: readonly string[] = Object.keys(widths)

export function networkGolden(network: string): NetworkGolden {
  const seed = seeds[network]!
  const filled = (name: string, dims: readonly number[], [low, high]: readonly [number, number]) => {
    const uniform = numbers(`${seed}/${name}`, sizeOf(dims))
    return float32(
      Float32Array.from(uniform, (u) => low + (high - low) * u),
      dims,
    )
  }
  const flat = Array.from(tensors.get(`${network}/gradients`)!.data as Float32Array)
  return {
    width: widths[network]!,
    size: size!,
    classes: classes!,
    images: filled('images', [batch!, 3, size!, size!], [-2, 2]),
    labels: int64(Array.from({ length: batch! }, (_, i) => i % classes!)),
    logits: tensors.get(`${network}/logits`)!,
    loss: Number(tensors.get(`${network}/loss`)!.data[0]),
    gradients: flat.flatMap((norm, i) => (i % 2 ? [] : [[norm, flat[i + 1]!] as const])),
    weight: (name, dims) => filled(name, dims, interval(name, dims)),
    along: (name, length) => numbers(`${seed}/along/${name}`, length).map((u) => 2 * u - 1),
  }
}

/** The range of a tensor's numbers, as in make.py. */
function interval(name: string, dims: readonly number[]): readonly [number, number] {
  if (name.endsWith('running_mean')) return [-0.1, 0.1]
  if (name.endsWith('running_var')) return [0.5, 1.5]
  const bound = Math.sqrt(3 / sizeOf(dims.slice(1)))
  if (dims.length > 1) return [-bound, bound]
  return name.endsWith('weight') ? [0.25, 0.75] : [0.5, 1]
}

/** The state dict of one of torchvision's networks of full width: names with sizes, and which of them are learned. */
export interface StateDict {
  readonly tensors: readonly (readonly [name: string, ...dims: number[]])[]
  readonly parameters: readonly string[]
}

export const stateDicts: Readonly<Record<string, StateDict>> = JSON.parse(
  gunzipSync(await readBytes(new URL('state_dicts.json.gz', folder))).toString(),
)
