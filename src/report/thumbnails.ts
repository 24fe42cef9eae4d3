import { encodeImage } from '#platform'
import { pickSamples, scaledTo } from '../data/contactSheet.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { contiguousImage, heightOf, type RgbImage, widthOf } from '../transforms/rgbImage.js'

/** The longer side in pixels: sharp on a phone's screen, a few kilobytes each. */
const SIDE = 160
const QUALITY = 72

/**
 * Makes thumbnails of images of a dataset, as JPEG data URIs by their index. Unreadable ones are left out. They are
 * made one after another, so that only one is in memory.
 */
export async function thumbnails(
  dataset: ImageDataset,
  indices: readonly number[],
  reading: { readonly autoOrient: boolean },
): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  for (const index of indices) {
    const image = await read(dataset, index, reading).catch(() => undefined)
    if (image) found.set(index, await jpegUri(image))
  }
  return found
}

/** Encodes an image as a JPEG in a data URI, scaled down to the size of thumbnails. */
export const thumbnail = (image: RgbImage): Promise<string> => jpegUri(small(image))

async function jpegUri(image: RgbImage): Promise<string> {
  const pixels = { data: rgba(image), width: widthOf(image), height: heightOf(image) }
  return dataUri('image/jpeg', await encodeImage(pixels, 'image/jpeg', QUALITY))
}

async function read(dataset: ImageDataset, index: number, reading: { autoOrient: boolean }): Promise<RgbImage> {
  const [image] = (await pickSamples(dataset, [index], { autoOrient: reading.autoOrient })) as [RgbImage]
  return small(image)
}

const small = (image: RgbImage): RgbImage =>
  contiguousImage(Math.max(heightOf(image), widthOf(image)) > SIDE ? scaledTo(image, SIDE) : image)

function rgba({ data }: RgbImage): Uint8Array {
  const pixels = new Uint8Array((data.length / 3) * 4).fill(255)
  for (let i = 0; i < data.length / 3; i++) pixels.set(data.subarray(i * 3, i * 3 + 3), i * 4)
  return pixels
}

const dataUri = (type: string, bytes: Uint8Array): string =>
  `data:${type};base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`
