import * as z from 'zod'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { type PlaneWriter, planeWriter } from './toTensor.js'
import { builtIn, type Transform } from './transform.js'

type Floats = Tensor<'float32'>
type Three = readonly [number, number, number]
export interface Means {
  readonly mean: Three
  readonly std: Three
}

const means = z.tuple([z.number(), z.number(), z.number()], { error: 'three numbers' }).readonly()
const deviation = z.number().positive()
const schema = z.strictObject({
  mean: means,
  std: z.tuple([deviation, deviation, deviation], { error: 'three numbers above 0' }).readonly(),
})

/**
 * Normalizes: (value - mean) / std, channel by channel, in float32 arithmetic. torchvision: `v2.Normalize(mean, std)`.
 * ImageNet's: mean [0.485, 0.456, 0.406], std [0.229, 0.224, 0.225].
 * @param mean one number for each of the three channels, on the 0..1 scale of `toTensor`
 * @param std as mean
 * @throws FineTuneError 'options/invalid'
 */
export function normalize(mean: readonly number[], std: readonly number[]): Transform<Floats, Floats> {
  const options = checkOptions(schema, { mean, std }, 'normalize')
  return builtIn({
    name: 'normalize',
    options,
    apply(tensor) {
      const result = new Float32Array(tensor.data.length)
      const plane = result.length / 3
      for (let c = 0; c < 3; c++) {
        const standardize = standardizer(options.mean[c]!, options.std[c]!)
        for (let i = c * plane; i < (c + 1) * plane; i++) result[i] = standardize(tensor.data[i]!)
      }
      return { ...tensor, data: result }
    },
  })
}

/**
 * Does `toTensor` and `normalize` in one pass over the pixels, with a table of the 256 values that a byte can become.
 */
export function toNormalizedTensor({ mean, std }: Means): PlaneWriter {
  const table = (c: 0 | 1 | 2) => {
    const standardize = standardizer(mean[c], std[c])
    return Float32Array.from({ length: 256 }, (_, byte) => standardize(Math.fround(byte / 255)))
  }
  return planeWriter('toNormalizedTensor', { mean, std }, [table(0), table(1), table(2)])
}

/** Rounds each operation to float32, as PyTorch does. */
function standardizer(mean: number, std: number): (value: number) => number {
  const [m, s] = [Math.fround(mean), Math.fround(std)]
  return (value) => Math.fround(Math.fround(value - m) / s)
}
