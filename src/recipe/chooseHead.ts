import { calibrate } from '../calibration/calibrate.js'
import { float32 } from '../onnx/graph/tensor.js'
import { crossValidate } from '../probe/crossValidate.js'
import { LinearProbe } from '../probe/LinearProbe.js'
import type { ImageFeatures } from './imageFeatures.js'

/** The penalties to choose from: below and above them heads of pretrained networks were never better. */
const PENALTIES = [0.03, 0.1, 0.3, 1] as const

interface HeadOptions {
  readonly folds: number
  readonly seed: number
  readonly signal: AbortSignal | undefined
  readonly onFit: (done: number, of: number) => void
}

/** The penalty of a head, and the logits of the images by heads with it that never saw them, [images, classes]. */
export interface ChosenHead {
  readonly l2: number
  readonly logits: Float64Array
}

/**
 * Chooses the penalty on the weights of a head by cross-validation: that of the lowest cross-entropy at the temperature
 * that suits it. A head is judged on test views alone.
 */
export async function chooseHead(features: ImageFeatures, options: HeadOptions): Promise<ChosenHead> {
  const { labels, classes, size, rows } = features
  const examples = { features: rows.subarray(0, labels.length * size), size, labels, classes }
  const { folds, seed, signal, onFit } = options
  const count = PENALTIES.length * folds
  let best: (ChosenHead & { readonly loss: number }) | undefined
  for (const [place, l2] of PENALTIES.entries()) {
    const onFold = (fold: number) => onFit(place * folds + fold + 1, count)
    const logits = await crossValidate(examples, { folds, l2, seed, tolerance: 1e-3, onFold, signal })
    const loss = calibrate(float32(Float32Array.from(logits), [labels.length, classes]), labels).loss.after
    if (!best || loss < best.loss) best = { l2, logits, loss }
  }
  return best!
}

/** Fits a head to all views of images. */
export const fitHead = (
  features: ImageFeatures,
  images: readonly number[],
  l2: number,
  signal?: AbortSignal,
): Promise<LinearProbe> => LinearProbe.fit(features.examples(images), { l2, tolerance: 1e-4, signal })
