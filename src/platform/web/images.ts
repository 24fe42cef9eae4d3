import type { RgbaPixels, RgbPixels } from '../contract.js'
import type { PageImage } from '../pageImage.js'
import { bitmapPixels, dropAlpha } from './bitmapPixels.js'

/** Decoding to pixels as they are stored. */
const AS_STORED: ImageBitmapOptions = { premultiplyAlpha: 'none', colorSpaceConversion: 'none' }

export async function decodeByBrowser(file: Uint8Array, type: string): Promise<RgbPixels> {
  const blob = new Blob([file as BlobPart], { type })
  const bitmap = await createImageBitmap(blob, AS_STORED).catch((cause) => {
    throw new Error('the browser cannot decode it', { cause })
  })
  return readAndClose(bitmap)
}

/** The classes of decoded images. Those of elements are absent in a worker, and some in some browsers. */
const CLASSES = [
  'ImageData',
  'ImageBitmap',
  'OffscreenCanvas',
  'HTMLCanvasElement',
  'HTMLImageElement',
  'HTMLVideoElement',
  'VideoFrame',
]

export const isPageImage = (value: unknown): value is PageImage =>
  CLASSES.some((name) => {
    const known = (globalThis as Record<string, unknown>)[name]
    return typeof known === 'function' && value instanceof known
  })

export async function readPageImage(image: PageImage): Promise<RgbPixels> {
  if (image instanceof ImageData) return imageDataPixels(image)
  // An ImageBitmap may be read as it is; the copy of any other shows it at this moment.
  if (image instanceof ImageBitmap) return bitmapPixels(image)
  return readAndClose(await createImageBitmap(image, AS_STORED))
}

function readAndClose(bitmap: ImageBitmap): RgbPixels {
  try {
    return bitmapPixels(bitmap)
  } finally {
    bitmap.close()
  }
}

function imageDataPixels({ data: rgba, width, height }: ImageData): RgbPixels {
  const data = new Uint8Array(width * height * 3)
  dropAlpha(rgba as Uint8ClampedArray, data, 0)
  return { data, width, height }
}

export async function encodeImage(
  { data, width, height }: RgbaPixels,
  type: string,
  quality?: number,
): Promise<Uint8Array> {
  const context = contextOf(width, height)
  context.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0)
  const blob = await context.canvas.convertToBlob({ type, ...(quality !== undefined && { quality: quality / 100 }) })
  return new Uint8Array(await blob.arrayBuffer())
}

function contextOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error(`the browser gives no canvas of ${width} x ${height} pixels`)
  return context
}
