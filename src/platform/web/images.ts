import type { RgbaPixels, RgbPixels } from '../contract.js'

export async function decodeByBrowser(file: Uint8Array, type: string): Promise<RgbPixels> {
  const blob = new Blob([file as BlobPart], { type })
  const bitmap = await createImageBitmap(blob, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' })
  const { width, height } = bitmap
  const context = contextOf(width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const rgba = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.set(rgba.subarray(i * 4, i * 4 + 3), i * 3)
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
