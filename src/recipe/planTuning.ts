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
  readonly imagesPerSecond: RecipePlan['imagesPerSecond']
  /** The time that is left for trials and the last training, in seconds. */
  readonly seconds: number
  /** The number of epochs that is asked for, if any. */
  readonly epochs?: number | undefined
}

export type TuningPlan = Pick<RecipePlan, 'epochs' | 'trials' | 'refit'> & { readonly seconds: number }

/** Nothing but a head is trained: a class of one image leaves none to measure on. */
const HEAD_ALONE: TuningPlan = { epochs: 0, trials: 0, refit: false, seconds: 0 }

/**
 * Plans how all layers are trained: as many epochs and trials as a data set of this size is worth, and a training on all
 * images after them. Where there is no time for that, the weights of a single trial are kept: a pass more is worth more
 * than a fifth of the images. If that takes too long as well, it has fewer epochs.
 */
export function planTuning(situation: Situation): TuningPlan {
  const { images, fewest, seconds, epochs } = situation
  if (fewest < 2 || epochs === 0) return HEAD_ALONE
  const wanted = epochs ?? epochsFor(images)
  const least = epochs ?? 1
  const forms: Omit<TuningPlan, 'seconds'>[] = []
  for (const trials of [trialsFor(images), 2, 1].filter((count) => count <= trialsFor(images)))
    forms.push({ epochs: wanted, trials, refit: true })
  for (let count = wanted; count >= least; count--) forms.push({ epochs: count, trials: 1, refit: false })
  const timed = forms.map((form) => ({ ...form, seconds: secondsOf(form, situation) }))
  return timed.find((form) => form.seconds <= FILLED * seconds) ?? HEAD_ALONE
}

/** Returns the number of epochs for a number of images: few images take many epochs to be seen often enough. */
const epochsFor = (images: number): number => Math.min(20, Math.max(8, Math.round(150 / Math.sqrt(images))))

/** Returns the number of trials: of few images one part would say next to nothing. */
const trialsFor = (images: number): number => (images < 100 ? FOLDS : images < 500 ? 2 : 1)

function secondsOf(
  { epochs, trials, refit }: Omit<TuningPlan, 'seconds'>,
  { images, imagesPerSecond }: Situation,
): number {
  const held = images / FOLDS
  const training = (count: number) => OPENING + (epochs * count) / imagesPerSecond.training
  const measuring = OPENING + ((SHARES.length - 1) * held) / imagesPerSecond.evaluation
  return trials * (training(images - held) + measuring) + (refit ? training(images) : 0)
}
