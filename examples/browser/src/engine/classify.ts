import { type Classifier, loadClassifier, rgbImage } from 'onnx-finetune'
import type { Answer } from '../state/types.js'
import { readValue } from '../storage/database.js'

let opened: Promise<Classifier> | undefined

/** Classifies an image by the stored classifier. */
export async function classify(image: ImageBitmap | Blob): Promise<Answer> {
  opened ??= open()
  const classifier = await opened
  const pixels = pixelsOf(image instanceof Blob ? await createImageBitmap(image) : image)
  const { scores, isUnknown = false } = await classifier.classify(pixels)
  return { scores, isUnknown }
}

/** Forgets the open classifier, for there is a newer one. */
export async function forgetClassifier(): Promise<void> {
  const old = opened
  opened = undefined
  await (await old?.catch(() => undefined))?.release()
}

async function open(): Promise<Classifier> {
  const bytes = await readValue('classifier')
  if (!bytes) throw new Error('Nothing is trained yet.')
  return loadClassifier(bytes)
}

function pixelsOf(image: ImageBitmap) {
  const { width, height } = image
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(image, 0, 0)
  image.close()
  const { data } = context.getImageData(0, 0, width, height)
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; from < data.length; from += 4) {
    rgb[to++] = data[from]!
    rgb[to++] = data[from + 1]!
    rgb[to++] = data[from + 2]!
  }
  return rgbImage(rgb, height, width)
}
