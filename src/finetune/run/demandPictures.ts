import type { SkippedSample } from '../../data/dataset/dataset.js'
import { finetuneError } from '../errors.js'

/**
 * Checks that an epoch has any pictures: leaving out unreadable ones may leave none.
 * @throws FineTuneError 'train/no-pictures'
 */
export function demandPictures(
  examples: number,
  option: 'train' | 'validation',
  skipped: readonly SkippedSample[],
): void {
  const [first] = skipped
  if (examples > 0 || !first) return
  throw finetuneError('train/no-pictures', { option, skipped: skipped.length, first: first.error.message })
}
