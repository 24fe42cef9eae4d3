import type { Sharp } from '../../platform/contract.js'
import { type Picture, picture } from '../../transforms/picture.js'
import type { Header } from './header.js'

/** Whether sharp reads this picture as Pillow does: it has no BMP, and other ideas of CMYK and of 16-bit grey. */
export function sharpReads({ format, colour, depth }: Header): boolean {
  if (format === 'bmp') return false
  if (format === 'jpeg') return colour !== 4
  return !(format === 'png' && colour === 0 && depth === 16)
}

/** Decodes by sharp (libvips, libjpeg): colour profile and orientation left alone, alpha dropped, as Pillow does. */
export async function decodeBySharp(sharp: Sharp, bytes: Uint8Array, maxPixels: number): Promise<Picture> {
  const options = { failOn: 'error', ignoreIcc: true, limitInputPixels: maxPixels, pages: 1 }
  const decoded = sharp(bytes, options).toColourspace('srgb').removeAlpha().raw()
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true })
  return picture(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info.height, info.width)
}
