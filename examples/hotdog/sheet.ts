import { writeFile } from 'node:fs/promises'
import { contactSheet, type ImageDataset, pickSamples } from 'onnx-finetune'

/**
 * Makes the lesson's first look at its data: the first eight images and, since classes are in order, the last eight.
 */
export async function writeSheet(dataset: ImageDataset, file: string): Promise<void> {
  const each = Math.min(8, Math.floor(dataset.samples.length / 2))
  const first = Array.from({ length: each }, (_, i) => i)
  const last = Array.from({ length: each }, (_, i) => -1 - i)
  await writeFile(file, await contactSheet(await pickSamples(dataset, [...first, ...last])))
}
