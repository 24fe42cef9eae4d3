import { database } from './database.js'
import { readFile } from './images.js'

/** The side of a thumbnail in pixels: sharp at 96 on a display of two pixels each. */
const SIDE = 192
/** Decoding takes a processor each; more at a time would only wait. */
const AT_ONCE = 3

const urls = new Map<string, Promise<string>>()
let running = 0
const waiting: (() => void)[] = []

/** Returns the address of an image's thumbnail: a square from its middle, made once and stored. */
export function thumbnail(id: string): Promise<string> {
  const known = urls.get(id)
  if (known) return known
  const url = inTurn(() => makeOrRead(id)).then((blob) => URL.createObjectURL(blob))
  urls.set(id, url)
  url.catch(() => urls.delete(id))
  return url
}

/** Frees the thumbnail of a removed image. */
export function forgetThumbnail(id: string): void {
  urls.get(id)?.then(URL.revokeObjectURL, () => {})
  urls.delete(id)
}

async function makeOrRead(id: string): Promise<Blob> {
  const db = await database()
  const stored = await db.get('thumbnails', id)
  if (stored) return stored
  const made = await squareOf(await readFile(id))
  await db.put('thumbnails', made, id)
  return made
}

async function squareOf(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file)
  const side = Math.min(image.width, image.height)
  const [x, y] = [(image.width - side) / 2, (image.height - side) / 2]
  const canvas = new OffscreenCanvas(Math.min(SIDE, side), Math.min(SIDE, side))
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, x, y, side, side, 0, 0, canvas.width, canvas.height)
  image.close()
  return canvas.convertToBlob({ type: 'image/webp', quality: 0.85 })
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  running++
  try {
    return await work()
  } finally {
    running--
    waiting.shift()?.()
  }
}
