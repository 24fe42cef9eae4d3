import { isPageImage, readBytes, readPageImage } from '#platform'
import { checkArgument, isList } from '../arguments.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { datasetSchema } from '../data/dataset/datasetSchema.js'
import { type ImageSource, isImageSource, nameOf } from '../deploy/images.js'
import { checkOptions } from '../options.js'
import { asImage, isImage, type RgbImage } from '../transforms/rgbImage.js'

/**
 * Returns the data set, or the list of images as one.
 *
 * @param of the public function
 * @throws FineTuneError 'options/invalid'
 */
export function datasetIn(images: ImageDataset | readonly ImageSource[], of: string): ImageDataset {
  if (!isList(images)) {
    checkOptions(datasetSchema, images, `${of}: images`)
    return images as ImageDataset
  }
  checkArgument(`${of}: images`, images, {
    expected: 'a data set, or a list of images: paths, URLs, bytes of image files, Blobs or pixels; at least one',
    is: () => images.length > 0 && Array.from(images).every(isImageSource),
  })
  return datasetOf(images as readonly ImageSource[])
}

/** Returns images as a data set of one class: each is read when its turn comes. */
const datasetOf = (images: readonly ImageSource[]): ImageDataset => ({
  classes: ['image'],
  samples: images.map((image, index) => ({ source: nameOf(image, index), label: 0 })),
  read: (index) => bytesOf(images[index]!),
  image: (index) => pixelsOf(images[index]!),
})

async function bytesOf(image: ImageSource): Promise<Uint8Array> {
  if (image instanceof Blob) return new Uint8Array(await image.arrayBuffer())
  return typeof image === 'string' || image instanceof URL ? readBytes(image) : (image as Uint8Array)
}

async function pixelsOf(image: ImageSource): Promise<RgbImage | undefined> {
  if (isImage(image)) return image
  if (!isPageImage(image)) return undefined
  const { data, width, height } = await readPageImage(image)
  return asImage(data, height, width)
}
