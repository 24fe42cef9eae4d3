import { augMix } from './augMix.js'
import { autoAugment } from './autoAugment.js'
import { centerCrop } from './centerCrop.js'
import { colorJitter } from './colorJitter.js'
import { composeAny } from './compose.js'
import { elasticTransform } from './elasticTransform.js'
import { gaussianBlur } from './gaussianBlur.js'
import { grayscale } from './grayscale.js'
import { jpeg } from './jpeg.js'
import { type Means, normalize, toNormalizedTensor } from './normalize.js'
import type { Size } from './options.js'
import { type Padding, pad } from './pad.js'
import { randAugment } from './randAugment.js'
import { randomAdjustSharpness } from './randomAdjustSharpness.js'
import { randomAffine } from './randomAffine.js'
import { randomApply } from './randomApply.js'
import { randomAutocontrast } from './randomAutocontrast.js'
import { randomChoice } from './randomChoice.js'
import { randomEqualize } from './randomEqualize.js'
import { randomErasing } from './randomErasing.js'
import { randomGrayscale } from './randomGrayscale.js'
import { randomHorizontalFlip } from './randomHorizontalFlip.js'
import { randomInvert } from './randomInvert.js'
import { randomOrder } from './randomOrder.js'
import { randomPerspective } from './randomPerspective.js'
import { randomPosterize } from './randomPosterize.js'
import { randomResizedCrop } from './randomResizedCrop.js'
import { randomRotation } from './randomRotation.js'
import { randomSolarize } from './randomSolarize.js'
import { randomVerticalFlip } from './randomVerticalFlip.js'
import { resize } from './resize.js'
import type { TransformSpec } from './specs.js'
import { toPlanes } from './toPlanes.js'
import { toTensor } from './toTensor.js'
import type { AnyTransform, Transform } from './transform.js'
import { transformModule } from './transformModule.js'
import { trivialAugmentWide } from './trivialAugmentWide.js'

interface Sized {
  readonly size: Size
}
interface Whole {
  readonly transforms: readonly TransformSpec[]
}

/** Every built-in transform, made from its options. To add one: a file beside this one and a line here. */
const register = {
  augMix,
  autoAugment,
  centerCrop: ({ size }: Sized) => centerCrop(size),
  colorJitter,
  compose: ({ transforms }: Whole) => composeAny(transforms.map(fromSpec)),
  elasticTransform,
  gaussianBlur: ({ kernelSize, ...options }: { kernelSize: number }) => gaussianBlur(kernelSize, options),
  grayscale,
  jpeg: ({ quality }: { quality: number }) => jpeg(quality),
  normalize: ({ mean, std }: Means) => normalize(mean, std),
  pad: ({ padding, ...options }: { padding: Padding }) => pad(padding, options),
  randAugment,
  randomAdjustSharpness: ({ sharpnessFactor, ...options }: { sharpnessFactor: number }) =>
    randomAdjustSharpness(sharpnessFactor, options),
  randomAffine: ({ degrees, ...options }: { degrees: number }) => randomAffine(degrees, options),
  randomApply: ({ transforms, ...options }: Whole) => randomApply(same(transforms), options),
  randomAutocontrast,
  randomChoice: ({ transforms, ...options }: Whole) => randomChoice(same(transforms), options),
  randomEqualize,
  randomErasing,
  randomGrayscale,
  randomHorizontalFlip,
  randomInvert,
  randomOrder: ({ transforms }: Whole) => randomOrder(same(transforms)),
  randomPerspective,
  randomPosterize: ({ bits, ...options }: { bits: number }) => randomPosterize(bits, options),
  randomResizedCrop: ({ size, ...options }: Sized) => randomResizedCrop(size, options),
  randomRotation: ({ degrees, ...options }: { degrees: number }) => randomRotation(degrees, options),
  randomSolarize: ({ threshold, ...options }: { threshold: number }) => randomSolarize(threshold, options),
  randomVerticalFlip,
  resize: ({ size }: Sized) => resize(size),
  toNormalizedTensor,
  toPlanes,
  toTensor,
  transformModule: ({ url }: { url: string }) => transformModule(url),
  trivialAugmentWide,
} as const satisfies Record<string, (options: never) => AnyTransform>

/** Makes transforms of one type, which the specs do not tell. */
const same = (specs: readonly TransformSpec[]) => specs.map(fromSpec) as Transform<unknown, unknown>[]

/** Makes a transform again, in another thread. */
export function fromSpec({ name, options }: TransformSpec): AnyTransform {
  return register[name as keyof typeof register](options as never)
}
