import type { Sharp, SharpImage } from '../../platform/contract.js'
import { asImage, type RgbImage } from '../../transforms/rgbImage.js'
import type { ImageFile } from './formats/ImageFile.js'

/** Decodes by sharp (libvips, libjpeg): colour profile and orientation ignored, alpha dropped, as Pillow does. */
export async function decodeBySharp(sharp: Sharp, file: ImageFile): Promise<RgbImage> {
  if (file.format !== 'jpeg') return decode(sharp, file, 'error')
  try {
    return await decode(sharp, file, 'warning')
  } catch (error) {
    if (damaged.test((error as Error).message)) throw error
    return decode(sharp, file, 'error')
  }
}

/**
 * libjpeg's warnings about damaged coded data, for which it makes up pixels where jimp gives up. Its other warnings are
 * of oddities without consequence, such as surplus bytes before the end, which some cameras write.
 */
const damaged = /bad Huffman code|premature end|found marker/i

async function decode(sharp: Sharp, file: ImageFile, failOn: 'warning' | 'error'): Promise<RgbImage> {
  const { width, height, bytes, samples } = file
  const options = { failOn, ignoreIcc: true, limitInputPixels: width * height, pages: 1, autoOrient: false }
  const { space, depth, toRgb } = kinds[samples === 'cmyk' || samples === 'grey-16' ? samples : 'plain']
  const decoded = space(sharp(bytes, options)).raw({ depth })
  const { data, info } = await decoded.toBuffer({ resolveWithObject: true })
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return asImage(toRgb(pixels, info.channels), info.height, info.width)
}

interface Kind {
  readonly depth: 'uchar' | 'ushort'
  space(decoded: SharpImage): SharpImage
  toRgb(data: Uint8Array, channels: number): Uint8Array
}

/** Formats whose conversion in libvips differs from Pillow's (CMYK, 16-bit grey): they are requested unconverted. */
const kinds: Readonly<Record<'plain' | 'cmyk' | 'grey-16', Kind>> = {
  plain: { depth: 'uchar', space: (decoded) => decoded.toColourspace('srgb').removeAlpha(), toRgb: (data) => data },
  cmyk: {
    depth: 'uchar',
    space: (decoded) => decoded.pipelineColourspace('cmyk').toColourspace('cmyk'),
    toRgb: fromCmyk,
  },
  'grey-16': { depth: 'ushort', space: (decoded) => decoded.toColourspace('grey16'), toRgb: fromGrey16 },
}

/** Converts CMYK: (1 - ink)(1 - black); rounded as Pillow does. */
function fromCmyk(inks: Uint8Array, channels: number): Uint8Array {
  const result = new Uint8Array((inks.length / channels) * 3)
  for (let from = 0, to = 0; from < inks.length; from += channels) {
    const light = 255 - inks[from + 3]!
    for (let ink = 0; ink < 3; ink++) result[to++] = Math.round(((255 - inks[from + ink]!) * light) / 255)
  }
  return result
}

/** Clips 16-bit grey: Pillow opens it as mode I;16, whose convert('RGB') clips at 255 instead of scaling. */
function fromGrey16(data: Uint8Array, channels: number): Uint8Array {
  const grey = new Uint16Array(data.slice().buffer)
  const result = new Uint8Array((grey.length / channels) * 3)
  for (let from = 0, to = 0; from < grey.length; from += channels)
    for (let colour = 0; colour < 3; colour++) result[to++] = Math.min(grey[from]!, 255)
  return result
}
