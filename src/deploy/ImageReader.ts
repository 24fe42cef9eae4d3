import type { Preprocessing } from '../backbones/Backbone.js'
import { type DecodeOptions, decodeImage } from '../data/decode/decodeImage.js'
import { isFineTuneError } from '../errors.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { seededRandom } from '../random.js'
import { compose } from '../transforms/compose.js'
import type { RgbImage } from '../transforms/rgbImage.js'
import { testView } from '../transforms/testView.js'
import { toTensor } from '../transforms/toTensor.js'
import { deployError } from './errors.js'

/** An image in memory: the bytes of its file, or its pixels. */
export interface ImageFile {
  /** The name of the image in errors. */
  readonly name: string
  readonly content: Uint8Array | RgbImage
  /** True if the memory is not read elsewhere. */
  readonly isOurs?: boolean
}

export interface DecodeSettings extends Omit<DecodeOptions, 'source' | 'autoOrient'> {
  /**
   * True if images are rotated or mirrored according to their EXIF orientation. Default: as in training, which the
   * classifier's file states.
   */
  autoOrient?: boolean | undefined
}

/** The conversion of images to the network's input: the test views of training, without normalization. */
export class ImageReader {
  readonly #decoding: DecodeSettings
  readonly #view: (image: RgbImage) => Tensor<'float32'>

  constructor(
    readonly preprocessing: Preprocessing,
    decoding: DecodeSettings,
  ) {
    this.#decoding = { ...decoding, autoOrient: decoding.autoOrient ?? preprocessing.autoOrient }
    const view = compose([testView(preprocessing), toTensor()])
    // None of its steps is random.
    const source = seededRandom('classify')
    this.#view = (image) => view.apply(image, source)
  }

  /**
   * Reads images as float32 [n, 3, crop, crop] in 0..1.
   *
   * @throws FineTuneError 'deploy/unreadable-image', 'data/too-many-pixels', 'data/no-sharp'
   */
  async read(images: readonly ImageFile[]): Promise<Tensor<'float32'>> {
    const { crop } = this.preprocessing
    const size = 3 * crop * crop
    const batch = float32(new Float32Array(images.length * size), [images.length, 3, crop, crop])
    await Promise.all(
      images.map(async (image, i) => batch.data.set(this.#view(await this.#decode(image)).data, i * size)),
    )
    return batch
  }

  async #decode({ name, content }: ImageFile): Promise<RgbImage> {
    if (!(content instanceof Uint8Array)) return content
    try {
      return await decodeImage(content, { ...this.#decoding, source: name })
    } catch (error) {
      if (!isFineTuneError(error, 'data/unreadable')) throw error
      const facts = { image: name, problem: error.facts.problem }
      throw deployError('deploy/unreadable-image', facts, { cause: error.cause ?? error })
    }
  }
}
