import type { SkippedSample } from '../../data/dataset/dataset.js'
import { finetuneError } from '../errors.js'

/**
 * Checks that an epoch has any images: leaving out unreadable ones may leave none.
 * @throws FineTuneError 'train/no-images'
 */
export function demandImages(
  examples: number,
  option: 'train' | 'validation',
  skipped: readonly SkippedSample[],
): void {
  const [first] = skipped
  if (examples > 0 || !first) return
  throw finetuneError('train/no-images', { option, skipped: skipped.length, first: first.error.message })
}
