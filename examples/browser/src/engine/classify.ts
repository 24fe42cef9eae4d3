import { type Classifier, loadClassifier } from 'onnx-finetune'
import type { Answer } from '../state/types.js'
import { readValue } from '../storage/database.js'

let opened: Promise<Classifier> | undefined

/** Classifies an image by the stored classifier. */
export async function classify(image: ImageBitmap | Blob): Promise<Answer> {
  opened ??= open()
  const classifier = await opened
  const { scores, isUnknown = false } = await classifier.classify(image)
  if (image instanceof ImageBitmap) image.close()
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
