import type { RgbaPixels } from '../contract.js'

export async function encodeImage(
  { data, width, height }: RgbaPixels,
  type: 'image/png' | 'image/jpeg',
  quality?: number,
): Promise<Uint8Array> {
  const { Jimp } = await import('jimp')
  const image = Jimp.fromBitmap({ data, width, height })
  if (type === 'image/png') return image.getBuffer(type)
  return image.getBuffer(type, { ...(quality !== undefined && { quality }) })
}
