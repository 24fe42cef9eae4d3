import * as z from 'zod'
import { type ExecutionProviders, isProcessor } from '../../platform/runtimes.js'

/** The cache of features. */
export interface FeatureOptions {
  /** The number of training views of each image, one per epoch in turn. @default 1 */
  readonly views?: number | undefined
  /** The directory that keeps features for later runs. Default: they are kept in memory for the run. */
  readonly directory?: string | undefined
  /**
   * The arithmetic of the frozen layers for training images. `'int8'` rounds their weights and activations to 8 bits,
   * by ranges from some of the training images: two to three times as fast with VNNI instructions, and features
   * a few percent beside those of float32 (the event `featurePrecision` says how far). Validation is computed in float32,
   * as the model is and its export. On the processor alone.
   * @default 'float32'
   */
  readonly precision?: FeaturePrecision | undefined
}

export type FeaturePrecision = 'float32' | 'int8'

export const featureSchema = z.union([
  z.boolean(),
  z.strictObject({
    views: z.int().min(1).default(1),
    directory: z.string().min(1).optional(),
    precision: z.enum(['float32', 'int8']).default('float32'),
  }),
])

interface CachingRun {
  readonly cacheFeatures?: z.output<typeof featureSchema> | undefined
  readonly executionProviders?: ExecutionProviders | undefined
}

/** Returns the arithmetic of the frozen layers. */
export const featurePrecisionOf = ({ cacheFeatures }: CachingRun): FeaturePrecision =>
  typeof cacheFeatures === 'object' ? cacheFeatures.precision : 'float32'

/** The check that features are computed in int8 by the processor. */
export const int8IsOnProcessor = [
  ({ executionProviders: providers = [], ...run }: CachingRun): boolean =>
    featurePrecisionOf(run) === 'float32' || (providers !== 'auto' && providers.every(isProcessor)),
  {
    path: ['executionProviders'] as string[],
    error: "left out or ['cpu'], with features in int8: only the processor has kernels for them",
  },
] as const
