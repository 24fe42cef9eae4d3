import * as z from 'zod'
import type { Preprocessing } from '../Backbone.js'

export interface LoadOnnxBackboneOptions {
  /**
   * The last layer, if it cannot be found: the name of its Gemm, MatMul or Conv node, or of its weight. Everything
   * after it is dropped, except the mean over the image after a Conv. Default: the layer that computes the first
   * output, ignoring a softmax and the like.
   */
  readonly head?: { readonly node: string } | { readonly weight: string } | undefined
  /**
   * The names of the model's classes, in order. Default: its metadata entry `classes` (JSON); ImageNet's if it has
   * 1000.
   */
  readonly classes?: readonly string[] | undefined
  /** The height and width of the images, in pixels, if the model leaves them open. @default 224 */
  readonly imageSize?: number | undefined
  /**
   * The conversion of images to its input. Default: ImageNet's mean and standard deviation, and the central 7/8 of
   * the image. A model that normalises its input itself needs `{ mean: [0, 0, 0], std: [1, 1, 1] }`; one that
   * `exportClassifier` wrote states this.
   */
  readonly preprocessing?: Partial<Omit<Preprocessing, 'crop' | 'inexpressible'>> | undefined
  readonly signal?: AbortSignal | undefined
}

export const channels = z.array(z.number()).length(3)
const side = z.int().min(1)
export const resize = z.union([side, z.tuple([side, side])], { error: 'a number or [height, width]' })
export const grayscale = z.enum(['beforeResize', 'afterResize'])
export const onnxSchema = z
  .strictObject({
    head: z
      .union([z.strictObject({ node: z.string().min(1) }), z.strictObject({ weight: z.string().min(1) })], {
        error: '{ node: name } or { weight: name }',
      })
      .optional(),
    classes: z.array(z.string().min(1)).min(1).optional(),
    imageSize: z.int().min(1).optional(),
    preprocessing: z
      .strictObject({
        resize: resize.optional(),
        mean: channels.optional(),
        std: channels.optional(),
        grayscale: grayscale.optional(),
        autoOrient: z.boolean().optional(),
      })
      .default({}),
    signal: z.instanceof(AbortSignal).optional(),
  })
  .default({ preprocessing: {} })
export type CheckedOnnxOptions = z.output<typeof onnxSchema>
