import type { Preprocessing } from '../../backbones/Backbone.js'
import { compose, stepsOf } from '../../transforms/compose.js'
import { grayscale } from '../../transforms/grayscale.js'
import { normalize } from '../../transforms/normalize.js'
import type { Range } from '../../transforms/options.js'
import { randomHorizontalFlip } from '../../transforms/randomHorizontalFlip.js'
import { randomResizedCrop } from '../../transforms/randomResizedCrop.js'
import type { RgbImage } from '../../transforms/rgbImage.js'
import { meansOf, normalises, readTestView, testView } from '../../transforms/testView.js'
import { toTensor } from '../../transforms/toTensor.js'
import { type AnyTransform, isBuiltIn, type Transform } from '../../transforms/transform.js'

/**
 * Returns ImageNet's training views: a random part of the image, of random size and shape, flipped half of the time.
 *
 * @param scale the area of the part, as a share of the image's. Default: that of `randomResizedCrop`
 */
export const trainingViews = ({ crop, mean, std, grayscale: grey }: Preprocessing, scale?: Range) => {
  const views = compose([randomResizedCrop(crop, { scale }), randomHorizontalFlip()])
  return compose([grey ? compose([views, grayscale()]) : views, toTensor(), normalize(mean, std)])
}

/** Returns ImageNet's test views: the shorter side scaled to a fixed length, then the centre. */
export const testViews = (preprocessing: Preprocessing) => viewInput(preprocessing, testView(preprocessing))

/** Returns the transform from an image to the network's input, by a view of the image. */
export const viewInput = ({ mean, std }: Preprocessing, view: Transform<RgbImage, RgbImage>) =>
  compose([view, toTensor(), normalize(mean, std)])

interface Chosen {
  readonly trainTransform?: AnyTransform | undefined
  readonly validationTransform?: AnyTransform | undefined
}

/** Returns the transforms of a run: the user's, or else these. */
export const viewsFor = (
  model: { readonly preprocessing: Preprocessing },
  chosen: Chosen,
): { readonly train: AnyTransform; readonly validation: AnyTransform } => {
  const preprocessing = preprocessingOf(model, chosen)
  return {
    train: chosen.trainTransform ?? trainingViews(preprocessing),
    validation: chosen.validationTransform ?? testViews(preprocessing),
  }
}

/**
 * Returns the preprocessing of a run's validation images, which is what the trained network expects: that of
 * `validationTransform`; without one the model's, but normalised and grey as in `trainTransform`.
 */
export function preprocessingOf(
  { preprocessing }: { readonly preprocessing: Preprocessing },
  { trainTransform, validationTransform }: Chosen,
): Preprocessing {
  const { inexpressible: _, ...said } = preprocessing
  if (!validationTransform) return trainTransform ? likeTraining(said, stepsOf(trainTransform)) : said
  const read = readTestView(validationTransform, said.crop)
  if ('problem' in read) return { ...said, inexpressible: { transform: read.step, problem: read.problem } }
  const { grayscale: __, ...others } = said
  return { ...others, ...read.view }
}

/** Applies the normalisation of training. The effect of a custom transform is unknown: then the model's is kept. */
function likeTraining(said: Preprocessing, steps: readonly AnyTransform[]): Preprocessing {
  if (!steps.every(isBuiltIn) && !steps.some(normalises)) return said
  const { grayscale: when = 'afterResize', ...others } = said
  const isGrey = steps.some((step) => isBuiltIn(step) && step.name === 'grayscale')
  return { ...others, ...meansOf(steps), ...(isGrey && { grayscale: when }) }
}
