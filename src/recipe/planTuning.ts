import type { RecipePlan } from './RecipeReport.js'

/** The number of parts of the images; each trial leaves one out. */
export const FOLDS = 5
/** The shares of the fine-tuned weights that are measured. */
export const SHARES = [0, 0.5, 1] as const
/** The time to open a session and a data set's workers, in seconds. */
const OPENING = 6
/** The part of the time that a plan may fill: the rest is for what it cannot know. */
const FILLED = 0.85

interface Situation {
  readonly images: number
  /** The number of images of the smallest class. */
  readonly fewest: number
  /** The number of images per second that the network takes without training. */
  readonly evaluation: number
  /** The sides of images that all layers can train on, in pixels, and the images per second: the largest first. */
  readonly sizes: readonly TrainingSize[]
  /** The time that is left for trials and the last training, in seconds. */
  readonly seconds: number
  /** The number of epochs that is asked for, if any. */
  readonly epochs?: number | undefined
}

export interface TrainingSize {
  readonly imageSize: number
  readonly imagesPerSecond: number
}

/** The form of the trials and of the training after them. */
type TrialForm = Pick<RecipePlan, 'epochs' | 'trials' | 'refit'> & TrainingSize

export type TuningPlan = TrialForm & { readonly seconds: number }

/**
 * Plans how all layers are trained: as many epochs and trials as a data set of this size is worth, and a training on all
 * images after them. Where there is no time for that, the weights of a single trial are kept: the size of images and a
 * pass more are worth more than a fifth of the images. If that takes too long as well, images are smaller, then it has
 * fewer epochs.
 */
export function planTuning(situation: Situation): TuningPlan {
  const { images, fewest, sizes, seconds, epochs } = situation
  // Nothing but a head is trained: a class of one image leaves none to measure on.
  const headAlone = { ...sizes[0]!, epochs: 0, trials: 0, refit: false, seconds: 0 }
  if (fewest < 2 || epochs === 0) return headAlone
  const wanted = epochs ?? epochsFor(images)
  const least = epochs ?? 1
  const counts = [trialsFor(images), 2, 1].filter((trials) => trials <= trialsFor(images))
  const once = { epochs: wanted, trials: 1, refit: false }
  const forms: TrialForm[] = [
    ...counts.map((trials) => ({ ...sizes[0]!, epochs: wanted, trials, refit: true })),
    ...sizes.map((size) => ({ ...size, ...once })),
  ]
  for (let count = wanted - 1; count >= least; count--) forms.push({ ...sizes.at(-1)!, ...once, epochs: count })
  const timed = forms.map((form) => ({ ...form, seconds: secondsOf(form, situation) }))
  return timed.find((form) => form.seconds <= FILLED * seconds) ?? headAlone
}

/** Returns the number of epochs for a number of images: few images take many epochs to be seen often enough. */
const epochsFor = (images: number): number => Math.min(20, Math.max(8, Math.round(150 / Math.sqrt(images))))

/** Returns the number of trials: of few images one part would say next to nothing. */
const trialsFor = (images: number): number => (images < 100 ? FOLDS : images < 500 ? 2 : 1)

function secondsOf(
  { epochs, trials, refit, imagesPerSecond }: TrialForm,
  { images, evaluation }: Pick<Situation, 'images' | 'evaluation'>,
): number {
  const held = images / FOLDS
  const training = (count: number) => OPENING + (epochs * count) / imagesPerSecond
  const measuring = OPENING + ((SHARES.length - 1) * held) / evaluation
  return trials * (training(images - held) + measuring) + (refit ? training(images) : 0)
}
