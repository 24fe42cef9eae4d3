import { readBytes } from '#platform'
import { kinds } from '../arguments.js'
import type { Preprocessing } from '../backbones/Backbone.js'
import { type DecodeOptions, decodePicture } from '../data/decode/decodePicture.js'
import { FineTuneError, isFineTuneError } from '../errors.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { random } from '../random.js'
import { compose } from '../transforms/compose.js'
import type { Picture } from '../transforms/picture.js'
import { testView } from '../transforms/testView.js'
import { toTensor } from '../transforms/toTensor.js'

/** A picture to classify: a path (Node), a URL, the bytes of a picture file, or its pixels [height, width, 3], RGB. */
export type PictureSource = string | URL | Uint8Array | Picture

export interface DecodeSettings extends Omit<DecodeOptions, 'source' | 'autoOrient'> {
  /**
   * True if pictures are rotated or mirrored according to their EXIF orientation. Default: as in training, which the
   * classifier's file states.
   */
  autoOrient?: boolean | undefined
}

/** The conversion of pictures to the network's input: the test views of training, without normalization. */
export class PictureReader {
  readonly #decoding: DecodeSettings
  readonly #view: (image: Picture) => Tensor<'float32'>

  constructor(
    readonly preprocessing: Preprocessing,
    decoding: DecodeSettings,
  ) {
    this.#decoding = { ...decoding, autoOrient: decoding.autoOrient ?? preprocessing.autoOrient }
    const view = compose([testView(preprocessing), toTensor()])
    // None of its steps draws a random number.
    const source = random('classify')
    this.#view = (image) => view.apply(image, source)
  }

  /**
   * Reads pictures as float32 [n, 3, crop, crop] in 0..1.
   * @param first the number of pictures of the whole list before these, for errors
   * @throws FineTuneError 'deploy/unreadable-picture', 'data/too-many-pixels', 'data/no-sharp'
   */
  async read(pictures: readonly PictureSource[], first: number, signal?: AbortSignal): Promise<Tensor<'float32'>> {
    const { crop } = this.preprocessing
    const size = 3 * crop * crop
    const batch = float32(new Float32Array(pictures.length * size), [pictures.length, 3, crop, crop])
    await Promise.all(
      pictures.map(async (picture, i) => {
        const image = await this.#decode(picture, nameOf(picture, first + i), signal)
        batch.data.set(this.#view(image).data, i * size)
      }),
    )
    return batch
  }

  async #decode(picture: PictureSource, name: string, signal: AbortSignal | undefined): Promise<Picture> {
    if (isPicture(picture)) return picture
    try {
      const bytes = picture instanceof Uint8Array ? picture : await fetchPicture(picture, name, signal)
      return await decodePicture(bytes, { ...this.#decoding, source: name })
    } catch (error) {
      if (!isFineTuneError(error, 'data/unreadable')) throw error
      const facts = { picture: name, problem: error.facts.problem }
      throw new FineTuneError('deploy/unreadable-picture', facts, { cause: error.cause ?? error })
    }
  }
}

/** Tells whether a value can be a picture; for a path or bytes, only reading shows more. */
export function isPictureSource(value: unknown): value is PictureSource {
  if (typeof value === 'string') return value.length > 0
  return value instanceof URL || kinds.bytes.is(value) || isPicture(value)
}

function isPicture(value: unknown): value is Picture {
  if (typeof value !== 'object' || value === null || !('shape' in value && 'data' in value)) return false
  const { shape, data }: { shape: unknown; data: unknown } = value
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray
  return (
    isBytes && Array.isArray(shape) && shape.length === 3 && shape[2] === 3 && shape.every((side: number) => side > 0)
  )
}

async function fetchPicture(source: string | URL, name: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new FineTuneError('deploy/unreadable-picture', { picture: name, problem }, { cause })
  }
}

const nameOf = (picture: PictureSource, index: number): string =>
  typeof picture === 'string' || picture instanceof URL ? String(picture) : `number ${index + 1}`
