import * as z from 'zod'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { positiveRange, probability, type Range } from './options.js'
import type { Box } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type Transform } from './transform.js'

type Floats = Tensor<'float32'>
type Value = number | readonly [number, number, number] | 'random'

const schema = z.strictObject({
  p: probability.default(0.5),
  scale: positiveRange.default([0.02, 0.33]),
  ratio: positiveRange.default([0.3, 3.3]),
  value: z
    .union([z.number(), z.tuple([z.number(), z.number(), z.number()]).readonly(), z.literal('random')], {
      error: "a number, three numbers or 'random'",
    })
    .default(0),
})

/**
 * Overwrites a random rectangle of a tensor with probability p. torchvision: `v2.RandomErasing`. Put it after
 * `normalize`.
 * @param options.p default 0.5
 * @param options.scale area of the rectangle as a share of the image's, uniform. Default [0.02, 0.33]
 * @param options.ratio height / width of the rectangle, log-uniform. Default [0.3, 3.3]
 * @param options.value the fill: a number, one for each channel, or 'random' for Gaussian noise. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function randomErasing(
  options: {
    p?: number | undefined
    scale?: Range | undefined
    ratio?: Range | undefined
    value?: Value | undefined
  } = {},
): Transform<Floats, Floats> {
  const checked = checkOptions(schema, options, 'randomErasing')
  return builtIn({
    name: 'randomErasing',
    options: checked,
    apply(tensor, random) {
      if (random.next() >= checked.p) return tensor
      const box = boxToErase(tensor.dims[1]!, tensor.dims[2]!, checked.scale, checked.ratio, random)
      return box ? erase(tensor, box, checked.value, random) : tensor
    },
  })
}

/** Draws a rectangle that is smaller than the image, in ten attempts as torchvision; then none. */
export function boxToErase(height: number, width: number, scale: Range, ratio: Range, random: Random): Box | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = height * width * random.uniform(scale[0], scale[1])
    const aspect = Math.exp(random.uniform(Math.log(ratio[0]), Math.log(ratio[1])))
    const h = roundHalfEven(Math.sqrt(area * aspect))
    const w = roundHalfEven(Math.sqrt(area / aspect))
    if (h >= height || w >= width) continue
    const top = random.integer(0, height - h)
    return { top, left: random.integer(0, width - w), height: h, width: w }
  }
  return undefined
}

function erase(tensor: Floats, box: Box, value: Value, random: Random): Floats {
  const data = tensor.data.slice()
  const [, height, width] = tensor.dims as [number, number, number]
  for (let c = 0; c < 3; c++)
    for (let y = box.top; y < box.top + box.height; y++) {
      const from = (c * height + y) * width + box.left
      for (let x = from; x < from + box.width; x++)
        data[x] = value === 'random' ? random.normal() : typeof value === 'number' ? value : value[c]!
    }
  return { ...tensor, data }
}
