import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import { isDeterministic } from '../../transforms/specs.js'
import type { FeaturePrecision } from '../options/featureOptions.js'
import type { CheckedOptions } from '../options/options.js'
import { bytesOf, type SplitModel, splitAtTrainable } from './splitAtTrainable.js'

/** The plan for computing features once in a run. */
export interface FeaturePlan extends SplitModel {
  readonly views: number
  /** The arithmetic of the frozen layers for training images. */
  readonly precision: FeaturePrecision
  /** The directory that keeps features beyond the run. */
  readonly directory?: string | undefined
}

/**
 * Decides whether a run computes features once: if it is asked to, or by itself if that changes nothing but the time
 * and the features of all images fit into `cacheBytes`.
 *
 * @param network the graph that trains, and its trainable parameters
 * @throws FineTuneError 'options/invalid' where it is asked to and no layer in front of the trainable ones is frozen
 */
export function planFeatures(
  network: Pick<Model, 'graph' | 'trainable'>,
  options: CheckedOptions,
): FeaturePlan | undefined {
  const { cacheFeatures: wish, trainTransform, train, validation, cacheBytes } = options
  if (wish === false) return undefined
  const isAsked = wish !== undefined
  const isSame = trainTransform && isDeterministic(trainTransform) && !options.mixup && !options.cutmix
  if (!isAsked && !isSame) return undefined
  const split = splitAtTrainable(network)
  if (isAsked && !split)
    throw baseError('options/invalid', {
      option: 'fineTune: cacheFeatures',
      received: wish,
      expected: "left out, for nothing in front of the trainable layers is frozen: freeze(model, { upTo: 'layer4' })",
    })
  const images = train.samples.length + (validation?.samples.length ?? 0)
  if (!split || (!isAsked && images * bytesOf(split) > cacheBytes)) return undefined
  return { ...split, ...(typeof wish === 'object' ? wish : { views: 1, precision: 'float32' }) }
}
