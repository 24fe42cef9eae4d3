import { isFineTuneError } from '../errors.js'
import type { Classification } from './Classification.js'
import type { Classifier, ClassifyOptions } from './Classifier.js'
import type { ImageSource } from './images.js'

/** Classifies images at once, or one by one if one of them cannot be read: its result is the reason. */
export async function classifyReadable(
  classifier: Classifier,
  images: readonly ImageSource[],
  options: ClassifyOptions,
): Promise<(Classification | Error)[]> {
  try {
    return await classifier.classify(images, options)
  } catch (error) {
    if (!isUnreadable(error)) throw error
    if (images.length === 1) return [error]
    const results: (Classification | Error)[] = []
    for (const image of images) results.push(...(await classifyReadable(classifier, [image], options)))
    return results
  }
}

const isUnreadable = (error: unknown): error is Error =>
  isFineTuneError(error, 'deploy/unreadable-image') || isFineTuneError(error, 'data/too-many-pixels')
