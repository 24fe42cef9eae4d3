import { Jimp } from 'jimp'

/** Encodes RGB bytes, row by row, as the bytes of a PNG file. */
export function encode(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const data = new Uint8Array(width * height * 4).fill(255)
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    data[to] = rgb[from]!
    data[to + 1] = rgb[from + 1]!
    data[to + 2] = rgb[from + 2]!
  }
  return Jimp.fromBitmap({ data, width, height }).getBuffer('image/png', { deflateLevel: 1, filterType: 1 })
}
