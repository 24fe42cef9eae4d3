import { readBytes } from '#platform'
import { float32, sizeOf, type Tensor } from '../../src/onnx/graph/tensor.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'

/** What PyTorch computed in float64 (test/golden/resnet18/make.py), and the inputs of it, made by the same formula. */
export interface Resnet18Golden {
  readonly steps: number
  readonly lr: number
  readonly headLr: number
  readonly weightDecay: number
  readonly classes: number
  readonly size: number
  readonly batch: number
  /** Parameters and running statistics before the first step, float32, for tensors of these names and shapes. */
  weights(shapes: ReadonlyMap<string, readonly number[]>): Map<string, Tensor<'float32'>>
  /** float32 [batch, 3, size, size] */
  images(step: number): Tensor<'float32'>
  /** int64 [batch] */
  labels(step: number): Tensor<'int64'>
  /** Of the network in inference form, before the first step, for the images of step 0. */
  readonly logits: Tensor
  /** Every parameter trained; and with everything before layer4 frozen. */
  readonly full: GoldenTraining
  readonly frozen: GoldenTraining
  /** The elements of a whole tensor that the golden file keeps, as a vector. */
  pick(name: string, tensor: Tensor): Tensor<'float32'>
}

/** A few steps of SGD. */
export interface GoldenTraining {
  /** Summed cross-entropy in train mode, one a step. */
  readonly losses: Float64Array
  /** Some elements of the gradient of step 0 (see `pick`), and the norm of all of it. */
  gradient(name: string): { readonly picked: Tensor; readonly norm: number }
  /** Some elements of a parameter or running statistic after the last step. */
  after(name: string): Tensor
}

const PICKS = 4096

export async function resnet18Golden(): Promise<Resnet18Golden> {
  const path = new URL('../golden/resnet18/golden.safetensors', import.meta.url)
  const { tensors, metadata } = readSafetensors(await readBytes(path))
  const fact = (name: string) => Number(metadata.get(name))
  const [seed, batch, size, classes] = [fact('seed'), fact('batch'), fact('size'), fact('classes')]
  const stored = (name: string): Tensor => {
    const tensor = tensors.get(name)
    if (!tensor) throw new Error(`The golden file has no ${name}`)
    return tensor
  }
  const filled = (name: string, dims: readonly number[], [low, high]: readonly [number, number]) => {
    const data = new Float32Array(sizeOf(dims))
    const uniform = numbers(`${seed}/${name}`, data.length)
    for (let i = 0; i < data.length; i++) data[i] = low + (high - low) * uniform[i]!
    return float32(data, dims)
  }

  const training = (run: string): GoldenTraining => ({
    losses: stored(`${run}losses`).data as Float64Array,
    gradient: (name) => ({
      picked: stored(`${run}gradient/${name}`),
      norm: Number(stored(`${run}norm/${name}`).data[0]),
    }),
    after: (name) => stored(`${run}after/${name}`),
  })

  return {
    steps: fact('steps'),
    lr: fact('lr'),
    headLr: fact('headLr'),
    weightDecay: fact('weightDecay'),
    classes,
    size,
    batch,
    weights: (shapes) => new Map([...shapes].map(([name, dims]) => [name, filled(name, dims, interval(name, dims))])),
    images: (step) => filled(`images/${step}`, [batch, 3, size, size], [-2, 2]),
    labels: (step) => ({
      type: 'int64',
      dims: [batch],
      data: BigInt64Array.from(numbers(`${seed}/labels/${step}`, batch), (u) => BigInt(Math.floor(u * classes))),
    }),
    logits: stored('logits'),
    full: training(''),
    frozen: training('frozen/'),
    pick(name, { data }) {
      const length = Math.min(data.length, PICKS)
      const at = positions(`${seed}/picks/${name}`, data.length)
      return float32(
        Float32Array.from({ length }, (_, k) => Number(data[at[k]!])),
        [length],
      )
    },
  }
}

/** Uniform in [0, 1): FNV-1a of the name, then the finalizer of MurmurHash3 on hash + position. As in make.py. */
export function numbers(name: string, count: number): Float64Array {
  let start = 0x811c9dc5
  for (let i = 0; i < name.length; i++) start = Math.imul(start ^ name.charCodeAt(i), 0x01000193)
  const out = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    let h = (start + Math.imul(i, 0x9e3779b1)) | 0
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    out[i] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
  }
  return out
}

/** The range of a tensor's numbers, by its name: convolutions as Kaiming's, batch norm's scales and variances around 1. */
function interval(name: string, dims: readonly number[]): readonly [number, number] {
  if (name.endsWith('running_mean')) return [-0.1, 0.1]
  if (name.endsWith('running_var')) return [0.5, 1.5]
  if (dims.length === 4) {
    const bound = Math.sqrt(6 / (dims[0]! * dims[2]! * dims[3]!))
    return [-bound, bound]
  }
  if (dims.length === 2 || name === 'fc.bias') return [-0.02, 0.02]
  return name.endsWith('weight') ? [0.5, 1.5] : [-0.1, 0.1]
}

/** One element of each of 4,096 equal stretches; all elements of a small tensor. */
function positions(name: string, size: number): readonly number[] {
  if (size <= PICKS) return Array.from({ length: size }, (_, i) => i)
  return Array.from(numbers(name, PICKS), (u, k) => Math.floor(((k + u) * size) / PICKS))
}
