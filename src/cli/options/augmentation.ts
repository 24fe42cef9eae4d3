import {
  type AnyTransform,
  augMix,
  autoAugment,
  colorJitter,
  compose,
  grayscale,
  normalize,
  type Pipeline,
  type Preprocessing,
  type RgbImage,
  randAugment,
  randomErasing,
  randomHorizontalFlip,
  randomResizedCrop,
  randomRotation,
  type Tensor,
  toTensor,
  trivialAugmentWide,
} from '../../index.js'
import { choice, flag, type Options, real, type Values } from './options.js'

/** The augmentation policies, by their names on the command line. */
const policies = {
  randaugment: randAugment,
  trivialaugment: trivialAugmentWide,
  autoaugment: autoAugment,
  augmix: augMix,
}

/** The options of augmentation: the same for training and for its preview. */
export const augmentationOptions = {
  'crop-scale': real('least share of the image that a random crop keeps', { default: 0.08, most: 1 }),
  flip: flag('do not mirror half of the views', { default: true }),
  augment: choice(
    ['randaugment', 'trivialaugment', 'autoaugment', 'augmix'],
    'apply random operations as this published policy has them',
    {},
  ),
  rotate: real('turn views by up to so many degrees', { default: 0 }),
  'color-jitter': real('vary brightness, contrast and saturation by up to this share', { default: 0 }),
  erase: real('share of the views in which a rectangle is blotted out', { default: 0, most: 1 }),
} satisfies Options

type Augmentation = Values<typeof augmentationOptions>

/** Returns the transforms for training: random crops as for ImageNet, and those of the options. */
export function trainingViews(
  options: Augmentation,
  { crop, mean, std, grayscale: grey }: Pick<Preprocessing, 'crop' | 'mean' | 'std' | 'grayscale'>,
) {
  const jitter = options['color-jitter']
  const steps: AnyTransform[] = [
    ...(options.rotate > 0 ? [randomRotation(options.rotate)] : []),
    randomResizedCrop(crop, { scale: [options['crop-scale'], 1] }),
    ...(options.flip ? [randomHorizontalFlip()] : []),
    ...(options.augment ? [policies[options.augment]()] : []),
    ...(jitter > 0 ? [colorJitter({ brightness: jitter, contrast: jitter, saturation: jitter })] : []),
    ...(grey ? [grayscale()] : []),
    toTensor(),
    normalize(mean, std),
    ...(options.erase > 0 ? [randomErasing({ p: options.erase })] : []),
  ]
  // The list is built from options, so its types cannot be inferred; it converts images to tensors.
  return compose(steps as never) as unknown as Pipeline<RgbImage, Tensor<'float32'>>
}
