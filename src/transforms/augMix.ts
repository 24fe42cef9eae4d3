import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { applyRandom } from './applyRandom.js'
import { drawDirichlet } from './dirichlet.js'
import { type Space, spaceOf } from './magnitudes.js'
import type { Reading } from './operations.js'
import { fill, interpolation } from './options.js'
import { type ReadingOptions, readingOf } from './policyOptions.js'
import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'
import { builtIn, type Transform } from './transform.js'

const concentration = z.number().positive().max(1e6).default(1)
const schema = z.strictObject({
  severity: z.number().int().min(1).max(10).default(3),
  mixtureWidth: z.number().int().min(1).max(100).default(3),
  chainDepth: z
    .union([z.literal(-1), z.number().int().min(1).max(100)], { error: '-1 or a whole number from 1 to 100' })
    .default(-1),
  alpha: concentration,
  allOps: z.boolean().default(true),
  interpolation: interpolation.default('bilinear'),
  fill,
})

/** All operations to choose from. */
export const allOperations: Space = spaceOf({
  shear: 0.3,
  shift: (side) => side / 3,
  degrees: 30,
  factor: 0.9,
  bits: [4, 4],
})
const corruptions = ['Brightness', 'Color', 'Contrast', 'Sharpness']
/** Those that are unlike the corruptions of ImageNet-C, which a robust network is tested with. */
export const someOperations: Space = new Map([...allOperations].filter(([name]) => !corruptions.includes(name)))

/**
 * Mixes an image with several of it that went through chains of random operations (AugMix, arXiv 1912.02781).
 * torchvision: `v2.AugMix`, of whose result on Pillow images this differs by the rounding of each operation.
 * @param options.severity how strong the operations are at most, 1 to 10. Default 3
 * @param options.mixtureWidth how many chains. Default 3
 * @param options.chainDepth how many operations in each chain; -1: one to three, at random. Default -1
 * @param options.alpha the parameter of the Dirichlet and Beta distributions of the shares: small, and one chain alone
 *   gets nearly all. Default 1
 * @param options.allOps false to leave out brightness, color, contrast and sharpness. Default true
 * @param options.interpolation 'nearest' or 'bilinear', for operations that move pixels. Default 'bilinear'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function augMix(
  options: {
    severity?: number | undefined
    mixtureWidth?: number | undefined
    chainDepth?: number | undefined
    alpha?: number | undefined
    allOps?: boolean | undefined
  } & ReadingOptions = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'augMix')
  const { severity, mixtureWidth, chainDepth, alpha } = checked
  const reading = readingOf(checked)
  const space = checked.allOps ? allOperations : someOperations
  return builtIn({
    name: 'augMix',
    options: checked,
    apply(image, random) {
      const [own, others] = drawDirichlet(2, alpha, random) as [number, number]
      const shares = drawDirichlet(mixtureWidth, alpha, random)
      const chains = shares.map((share) => ({
        image: runChain(image, space, chainDepth > 0 ? chainDepth : random.integer(1, 3), severity, reading, random),
        share: share * others,
      }))
      return mix([{ image, share: own }, ...chains])
    },
  })
}

function runChain(image: RgbImage, space: Space, depth: number, severity: number, reading: Reading, random: Random) {
  let result = image
  const choice = { space, levels: 10, reading }
  for (let i = 0; i < depth; i++) result = applyRandom(result, choice, random, () => random.integer(0, severity - 1))
  return result
}

/** Adds up shares of images in float32, truncated to bytes as in torchvision. */
export function mix(layers: readonly { readonly image: RgbImage; readonly share: number }[]): RgbImage {
  const [first] = layers
  const sums = new Float32Array(heightOf(first!.image) * widthOf(first!.image) * 3)
  for (const { image, share } of layers) {
    const { data } = contiguousImage(image)
    const weight = Math.fround(share)
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + Math.fround(weight * data[i]!)
  }
  return rgbImage(Uint8Array.from(sums), heightOf(first!.image), widthOf(first!.image))
}
