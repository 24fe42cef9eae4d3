import { readBytes } from '#platform'
import { kinds } from '../arguments.js'
import type { Picture } from '../transforms/picture.js'
import { deployError } from './errors.js'
import type { ImageFile } from './ImageReader.js'

/** A picture to classify: a path (Node), a URL, the bytes of a picture file, or its pixels [height, width, 3], RGB. */
export type PictureSource = string | URL | Uint8Array | Picture

/**
 * Reads those of the sources that are paths or URLs.
 *
 * @param first the number of pictures of the whole list before these, for errors
 * @throws FineTuneError 'deploy/unreadable-picture', the signal's reason
 */
export function fetchImages(
  sources: readonly PictureSource[],
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

async function fetchFile(source: string | URL, name: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  try {
    return await readBytes(source, signal)
  } catch (cause) {
    signal?.throwIfAborted()
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw deployError('deploy/unreadable-picture', { picture: name, problem }, { cause })
  }
}

const nameOf = (picture: PictureSource, index: number): string =>
  typeof picture === 'string' || picture instanceof URL ? String(picture) : `number ${index + 1}`
