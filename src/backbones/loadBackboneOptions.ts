import * as z from 'zod'
import { kinds } from '../arguments.js'
import type { DownloadEvent } from '../io/download/RemoteFile.js'
import { functionSchema } from '../options.js'
import type { BackboneWeights } from './weights.js'

export interface LoadBackboneOptions {
  /**
   * The source of the weights:
   * - `'IMAGENET1K_V1'`: published weights, downloaded once into the cache (`backboneWeights` lists them all)
   * - a file with torchvision's or timm's names: safetensors, or what PyTorch's `torch.save` wrote; as a path, a URL or
   *   its bytes
   * - a record like those of `backboneWeights`, for weights published elsewhere
   * - `'none'`: random weights (torchvision's initialisation)
   */
  readonly weights: 'none' | 'IMAGENET1K_V1' | (string & {}) | URL | Uint8Array | BackboneWeights
  /** The seed of the random weights. @default 0 */
  readonly seed?: number | undefined
  /**
   * The height and width of the images, in pixels. Default: the size that `saveWeights` noted in the file, else that of the
   * published weights: 224 for most.
   */
  readonly imageSize?: number | undefined
  /**
   * The channels of the first stage; those of the others scale with it. Some families have multiples of 8 alone, and
   * some one width. Default: the file's, else torchvision's.
   */
  readonly width?: number | undefined
  /**
   * The number of classes, or their names. Default: those of the file; 1000 without a file. A file with 1000 classes
   * that does not name them is assumed to be ImageNet's.
   */
  readonly classes?: number | readonly string[] | undefined
  /** True to skip tensors of the file that the network has no place for; otherwise they are an error. @default false */
  readonly ignoreUnexpected?: boolean | undefined
  /** Called with the progress of a download of published weights. */
  readonly onProgress?: ((event: DownloadEvent) => void) | undefined
  /** The directory of downloads. Default: $ONNX_FINETUNE_CACHE, or a folder in the platform's cache directory. */
  readonly cacheDirectory?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const preprocessingSchema = z.strictObject({
  resize: z.int().min(1),
  crop: z.int().min(1),
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
  autoOrient: z.boolean().optional(),
})

const recordSchema = z.strictObject({
  name: z.string().min(1),
  backbone: z.string(),
  files: z
    .array(
      z.strictObject({
        file: z.string().regex(/^[\w][\w.-]*$/, 'a file name without a directory'),
        urls: z.array(z.string().regex(/^https?:\/\//, 'an http(s) URL')),
        bytes: z.int().min(1).optional(),
        sha256: z.string().regex(/^[0-9a-f]{8,64}$/, '8 to 64 lower-case hex digits'),
      }),
    )
    .min(1),
  licence: z.string(),
  origin: z.string(),
  classes: z.array(z.string()),
  preprocessing: preprocessingSchema,
})

export const schema = z.strictObject({
  weights: z.union([z.string().min(1), z.instanceof(URL), z.custom<Uint8Array>(kinds.bytes.is), recordSchema], {
    error: "'none', a name of published weights, a path, a URL, a Uint8Array or a record of weights",
  }),
  seed: z.int().default(0),
  imageSize: z.int().min(1).optional(),
  width: z.int().min(1).optional(),
  classes: z.union([z.int().min(1), z.array(z.string().min(1)).min(1)], { error: 'a number or names' }).optional(),
  ignoreUnexpected: z.boolean().default(false),
  onProgress: functionSchema<(event: DownloadEvent) => void>().optional(),
  cacheDirectory: z.string().min(1).optional(),
  signal: z.instanceof(AbortSignal).optional(),
})
/** The options with defaults filled in. */
export type Checked = z.output<typeof schema>
