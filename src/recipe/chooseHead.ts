import { crossValidate } from '../probe/crossValidate.js'
import { type Emphasis, LinearProbe } from '../probe/LinearProbe.js'
import type { ImageFeatures } from './imageFeatures.js'
import { isWorse, lossesOf, mean } from './losses.js'

/** The penalties to choose from: below and above them heads of pretrained networks were never better. */
const PENALTIES = [0.03, 0.1, 0.3, 1] as const
/** The emphasis on what a kept classifier says: one feature that all but names the class weighs more than its share. */
const EMPHASIS = 10

interface HeadOptions {
  readonly folds: number
  readonly seed: number
  readonly signal: AbortSignal | undefined
  readonly onFit: (done: number, of: number) => void
}

/** The settings of a head. */
export interface HeadSettings {
  /** The penalty on its weights. */
  readonly l2: number
  /** The emphasis on the features of a kept classifier, if there is one. */
  readonly emphasis?: Emphasis | undefined
}

/** The settings of a head, and the logits of the images by heads with it that never saw them, [images, classes]. */
export interface ChosenHead extends HeadSettings {
  readonly logits: Float64Array
}

/**
 * Chooses the penalty on the weights of a head by cross-validation: that of the lowest cross-entropy at the temperature
 * that suits it. A head is judged on test views alone. The features of a kept classifier are used unless they make it
 * worse by more than a standard error: they were asked for, and of few images cross-validation cannot tell.
 */
export async function chooseHead(features: ImageFeatures, options: HeadOptions): Promise<ChosenHead> {
  const { labels, groups, classes, size, rows, kept } = features
  const examples = { features: rows.subarray(0, labels.length * size), size, labels, classes }
  const { folds, seed, signal, onFit } = options
  const factors = kept > 0 ? [0, EMPHASIS] : [undefined]
  const settings: HeadSettings[] = factors.flatMap((factor) =>
    PENALTIES.map((l2) => ({ l2, emphasis: factor === undefined ? undefined : { count: kept, factor } })),
  )
  const tried: Tried[] = []
  for (const [place, setting] of settings.entries()) {
    const onFold = (fold: number) => onFit(place * folds + fold + 1, settings.length * folds)
    const logits = await crossValidate(examples, { folds, ...setting, groups, seed, tolerance: 1e-3, onFold, signal })
    tried.push({ ...setting, logits, losses: lossesOf(logits, labels, classes) })
  }
  const best = (used: boolean) =>
    tried
      .filter(({ emphasis }) => (emphasis?.factor !== 0) === used)
      .reduce((one, other) => (mean(other.losses) < mean(one.losses) ? other : one))
  if (kept === 0) return best(true)
  const [using, plain] = [best(true), best(false)]
  return isWorse(using.losses, plain.losses) ? plain : using
}

type Tried = ChosenHead & { readonly losses: readonly number[] }

/** Fits a head to all views of images. */
export const fitHead = (
  features: ImageFeatures,
  images: readonly number[],
  { l2, emphasis }: HeadSettings,
  signal?: AbortSignal,
): Promise<LinearProbe> => LinearProbe.fit(features.examples(images), { l2, emphasis, tolerance: 1e-4, signal })
