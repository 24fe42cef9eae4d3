import { isPageImage, readBytes, readPageImage } from '#platform'
import { kinds } from '../arguments.js'
import type { PageImage } from '../platform/pageImage.js'
import { asImage, type RgbImage } from '../transforms/rgbImage.js'
import { deployError } from './errors.js'
import type { ImageFile } from './ImageReader.js'

/**
 * An image to classify: a path (Node), a URL, the bytes of an image file, a `Blob` or `File` of them, or its pixels
 * [height, width, 3], RGB; in the browser also ImageData, ImageBitmap, a canvas, an `<img>`, a video or a VideoFrame.
 */
export type ImageSource = string | URL | Uint8Array | RgbImage | Blob | PageImage

/**
 * Reads the sources into memory, except those that are in it.
 *
 * @param first the number of images of the whole list before these, for errors
 * @throws FineTuneError 'deploy/unreadable-image', the signal's reason
 */
export function fetchImages(
  sources: readonly ImageSource[],
  first: number,
  signal?: AbortSignal,
): Promise<ImageFile[]> {
  return Promise.all(
    sources.map(async (source, i) => {
      const name = nameOf(source, first + i)
      if (source instanceof Uint8Array || isImage(source)) return { name, content: source }
      return { name, content: await read(source, name, signal), isOurs: true }
    }),
  )
}

/** Tells whether a value can be an image; for a path or bytes, only reading shows more. */
export function isImageSource(value: unknown): value is ImageSource {
  if (typeof value === 'string') return value.length > 0
  return value instanceof URL || value instanceof Blob || kinds.bytes.is(value) || isImage(value) || isPageImage(value)
}

function isImage(value: unknown): value is RgbImage {
  if (typeof value !== 'object' || value === null || !('shape' in value && 'data' in value)) return false
  const { shape, data }: { shape: unknown; data: unknown } = value
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray
  return (
    isBytes && Array.isArray(shape) && shape.length === 3 && shape[2] === 3 && shape.every((side: number) => side > 0)
  )
}

async function read(
  source: string | URL | Blob | PageImage,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | RgbImage> {
  try {
    if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer())
    if (typeof source === 'string' || source instanceof URL) return await readBytes(source, signal)
    const { data, width, height } = await readPageImage(source)
    return asImage(data, height, width)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw deployError('deploy/unreadable-image', { image: name, problem }, { cause })
  }
}

/** Returns the name of an image in errors. */
export function nameOf(image: ImageSource, index: number): string {
  if (typeof image === 'string' || image instanceof URL) return String(image)
  return image instanceof Blob && 'name' in image ? String(image.name) : `number ${index + 1}`
}
