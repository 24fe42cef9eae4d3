import { isPageImage, readPageImage } from '#platform'
import { checkArgument, type Kind, kinds } from '../../arguments.js'
import type { PageImage } from '../../platform/pageImage.js'
import { asImage, type RgbImage } from '../../transforms/rgbImage.js'
import { dataError } from '../errors.js'
import { type DecodeOptions, decodeImage } from './decodeImage.js'

/**
 * Returns the pixels of an image of the browser: of a file (`decodeImage`), or those that a canvas, an element, a
 * bitmap or a frame shows now. Alpha is dropped, as Pillow does.
 *
 * @throws FineTuneError 'data/unreadable' (an image that is not loaded, or that another site protects),
 *   'data/too-many-pixels', 'options/invalid'
 * @example
 * ```ts
 * import { rgbImageFrom } from 'onnx-finetune/web'
 *
 * const image = await rgbImageFrom(document.querySelector('canvas')!)
 * console.log(image.shape)
 * ```
 */
export async function rgbImageFrom(
  source: Blob | Uint8Array | PageImage,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  checkArgument('rgbImageFrom: source', source, sourceKind)
  const name = options.source ?? (source instanceof File ? source.name : undefined)
  const named = name === undefined ? options : { ...options, source: name }
  if (source instanceof Blob) return decodeImage(new Uint8Array(await source.arrayBuffer()), named)
  if (source instanceof Uint8Array) return decodeImage(source, named)
  try {
    const { data, width, height } = await readPageImage(source)
    return asImage(data, height, width)
  } catch (cause) {
    throw dataError('data/unreadable', { source: name ?? 'of the page', problem: (cause as Error).message }, { cause })
  }
}

const sourceKind: Kind = {
  expected: 'a Blob, the bytes of an image file, ImageData, ImageBitmap, a canvas, an <img>, a video or a VideoFrame',
  is: (value) => value instanceof Blob || kinds.bytes.is(value) || isPageImage(value),
}
