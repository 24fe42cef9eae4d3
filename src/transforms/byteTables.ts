import { contiguousImage, heightOf, type RgbImage, rgbImage, widthOf } from './rgbImage.js'

/** The value that each of the 256 bytes becomes. */
export type ByteTable = Uint8Array

export const byteTable = (tableAt: (byte: number) => number): ByteTable =>
  Uint8Array.from({ length: 256 }, (_, byte) => tableAt(byte))

/** Replaces every byte by the value in the table, or in the table of its channel. */
export function lookUp(image: RgbImage, tables: ByteTable | readonly [ByteTable, ByteTable, ByteTable]): RgbImage {
  const [red, green, blue] = tables instanceof Uint8Array ? [tables, tables, tables] : tables
  const { data } = contiguousImage(image)
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red[data[i]!]!
    data[i + 1] = green[data[i + 1]!]!
    data[i + 2] = blue[data[i + 2]!]!
  }
  return rgbImage(data, heightOf(image), widthOf(image))
}

/** Replaces the bytes of each channel by a table made from the channel's histogram. */
export function lookUpByHistogram(image: RgbImage, tableOf: (histogram: Uint32Array) => ByteTable): RgbImage {
  const { data } = contiguousImage(image)
  const histograms = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)] as const
  const [red, green, blue] = histograms
  for (let i = 0; i < data.length; i += 3) {
    red[data[i]!]!++
    green[data[i + 1]!]!++
    blue[data[i + 2]!]!++
  }
  return lookUp(image, [tableOf(red), tableOf(green), tableOf(blue)])
}

export const unchangedBytes: ByteTable = byteTable((byte) => byte)
