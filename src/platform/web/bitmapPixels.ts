import type { RgbPixels } from '../contract.js'
import { unpremultiplied } from './unpremultiplied.js'

/** The most pixels that are copied at a time, so that a canvas is small beside a large image. */
const STRIP = 2 ** 22

/** Reads the pixels of a bitmap, alpha dropped, a strip of rows at a time. */
export function bitmapPixels(bitmap: ImageBitmap): RgbPixels {
  const { width, height } = bitmap
  const data = new Uint8Array(width * height * 3)
  const rows = Math.min(Math.max(Math.floor(STRIP / width), 1), height)
  for (let top = 0; top < height; top += rows) {
    const rgba = stripOf(bitmap, top, Math.min(rows, height - top))
    if (dropAlpha(rgba, data, top * width * 3)) continue
    dropAlpha(unpremultiplied(bitmap), data, 0)
    break
  }
  return { data, width, height }
}

/** The canvas of this thread: kept, as making one takes longer than copying a small image. */
let canvas: OffscreenCanvasRenderingContext2D | undefined

/**
 * Returns rows of a bitmap by a canvas, which multiplies by alpha and divides again: exact for opaque pixels alone.
 */
function stripOf(bitmap: ImageBitmap, top: number, rows: number): Uint8ClampedArray {
  canvas ??= new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
  if (canvas.canvas.width !== bitmap.width) canvas.canvas.width = bitmap.width
  if (canvas.canvas.height !== rows) canvas.canvas.height = rows
  canvas.globalCompositeOperation = 'copy'
  canvas.drawImage(bitmap, 0, -top)
  return canvas.getImageData(0, 0, bitmap.width, rows).data
}

/** Writes RGBA pixels without alpha; returns true if all of them are opaque. */
export function dropAlpha(rgba: Uint8ClampedArray | Uint8Array, into: Uint8Array, at: number): boolean {
  let alpha = 255
  for (let from = 0, to = at; from < rgba.length; from += 4) {
    into[to++] = rgba[from]!
    into[to++] = rgba[from + 1]!
    into[to++] = rgba[from + 2]!
    alpha &= rgba[from + 3]!
  }
  return alpha === 255
}
