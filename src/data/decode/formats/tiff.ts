import { cutOff } from './bytes.js'
import { asOrientation } from './exif.js'
import type { ImageFile } from './ImageFile.js'
import { readDirectory, TAG, type Tags } from './tiffDirectory.js'
import { checkStrips } from './tiffStrips.js'
import { withOneDirectory } from './withOneDirectory.js'

/**
 * Validates the first directory of a TIFF. If jimp can decode it, decoders get the file with a directory of the tags
 * above alone, so that nothing in it leads to other images; else sharp gets the original.
 */
export function readTiff(bytes: Uint8Array): ImageFile {
  const tags = readDirectory(bytes)
  const first = (tag: number) => tags.get(tag)?.[0]
  const [width = 0, height = 0] = [first(TAG.width), first(TAG.height)]
  if (width === 0 || height === 0) throw new Error(`its first directory says ${width} x ${height} pixels`)
  const [starts, lengths] = [
    tags.get(TAG.stripStarts) ?? tags.get(TAG.tileStarts),
    tags.get(TAG.stripBytes) ?? tags.get(TAG.tileBytes),
  ]
  if (!starts || !lengths || starts.length !== lengths.length) throw new Error('it does not say where its pixels lie')
  if (starts.some((start, i) => start + lengths[i]! > bytes.length)) throw cutOff('its pixels do')
  const onlySharp = beyondJimp(tags)
  return {
    ...{ format: 'tiff', width, height, onlySharp, samples: samplesOf(tags) },
    orientation: asOrientation(first(TAG.orientation)),
    bytes: onlySharp ? bytes : withOneDirectory(bytes, tags),
    checkPixels: onlySharp ? undefined : () => checkStrips(bytes, tags),
  }
}

const [NONE, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS] = [1, 5, 8, 32946, 32773]
const [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK] = [0, 1, 2, 3, 5]

/** The forms of colour that jimp decodes: bits per sample, samples per pixel. */
const decoded: Readonly<Record<number, readonly (readonly [bits: number, samples: number])[]>> = {
  [WHITE_IS_ZERO]: [
    [1, 1],
    [8, 1],
  ],
  [BLACK_IS_ZERO]: [
    [1, 1],
    [8, 1],
    [8, 2],
  ],
  [RGB]: [
    [8, 3],
    [8, 4],
  ],
  [PALETTE]: [[8, 1]],
}

/** Returns the reason why only sharp decodes it; undefined if jimp does too. */
function beyondJimp(tags: Tags): string | undefined {
  const first = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise
  const compression = first(TAG.compression, NONE)
  const [photometric, bits, samples] = [first(TAG.photometric, -1), first(TAG.bits, 1), first(TAG.samples, 1)]
  if (tags.has(TAG.tileWidth) || tags.has(TAG.tileStarts)) return 'a TIFF in tiles'
  if (![NONE, LZW, DEFLATE, OLD_DEFLATE, PACK_BITS].includes(compression))
    return `a TIFF with compression ${compression}`
  if (!decoded[photometric]?.some(([bit, sample]) => bit === bits && sample === samples))
    return `a TIFF of ${samples} samples of ${bits} bits with photometric interpretation ${photometric}`
  if (!tags.get(TAG.bits)?.every((bit) => bit === bits) && bits !== 1) return 'a TIFF of unequal samples'
  const isPlain = first(TAG.fillOrder, 1) === 1 && first(TAG.planes, 1) === 1 && first(TAG.sampleFormat, 1) === 1
  const predictor = first(TAG.predictor, 1)
  if (!isPlain || predictor > 2 || (predictor === 2 && bits !== 8))
    return 'a TIFF with another order of bits, samples or differences'
  return undefined
}

function samplesOf(tags: Tags): ImageFile['samples'] {
  const [photometric, bits] = [tags.get(TAG.photometric)?.[0], tags.get(TAG.bits)?.[0]]
  if (photometric === CMYK) return bits === 8 ? 'cmyk' : undefined
  if (bits !== 16) return undefined
  return photometric === BLACK_IS_ZERO && (tags.get(TAG.samples)?.[0] ?? 1) === 1 ? 'grey-16' : 'colour-16'
}
