import { readBytes } from '#platform'
import { kinds } from '../arguments.js'
import type { RgbImage } from '../transforms/rgbImage.js'
import { deployError } from './errors.js'
import type { ImageFile } from './ImageReader.js'

/** An image to classify: a path (Node), a URL, the bytes of an image file, or its pixels [height, width, 3], RGB. */
export type ImageSource = string | URL | Uint8Array | RgbImage

/**
 * Reads those of the sources that are paths or URLs.
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
      if (typeof source !== 'string' && !(source instanceof URL)) return { name, content: source }
      return { name, content: await fetchFile(source, name, signal), isOurs: true }
    }),
  )
}

/** Tells whether a value can be an image; for a path or bytes, only reading shows more. */
export function isImageSource(value: unknown): value is ImageSource {
  if (typeof value === 'string') return value.length > 0
  return value instanceof URL || kinds.bytes.is(value) || isImage(value)
}

function isImage(value: unknown): value is RgbImage {
  if (typeof value !== 'object' || value === null || !('shape' in value && 'data' in value)) return false
  const { shape, data }: { shape: unknown; data: unknown } = value
  const isBytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray
  return (
    isBytes && Array.isArray(shape) && shape.length === 3 && shape[2] === 3 && shape.every((side: number) => side > 0)
  )
}

async function fetchFile(source: string | URL, name: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw deployError('deploy/unreadable-image', { image: name, problem }, { cause })
  }
}

const nameOf = (image: ImageSource, index: number): string =>
  typeof image === 'string' || image instanceof URL ? String(image) : `number ${index + 1}`
