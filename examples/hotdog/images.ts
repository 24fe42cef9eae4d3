import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DownloadEvent } from 'onnx-finetune'
import { downloadArchive, ImageFolder, type ImageFolderDataset } from 'onnx-finetune/node'
import { drawMeals } from './images/drawMeals.js'

/** "Dive into Deep Learning", section 14.2: http://d2l.ai/chapter_computer-vision/fine-tuning.html */
const LESSON = {
  urls: ['http://d2l-data.s3-accelerate.amazonaws.com/hotdog.zip'],
  sha1: 'fba480ffa8aa7e0febbb511d181409f899b9baa5',
}

export interface Images {
  readonly directory: string
  readonly train: ImageFolderDataset
  readonly test: ImageFolderDataset
}

/** Returns the lesson's photographs, downloaded once. */
export const downloadLesson = async (onProgress: (event: DownloadEvent) => void): Promise<Images> =>
  openImages(join(await downloadArchive({ ...LESSON, onProgress }), 'hotdog'))

/** Returns existing photographs: `directory` holds train/ and test/. */
export async function openImages(directory: string): Promise<Images> {
  const [train, test] = await Promise.all([ImageFolder(join(directory, 'train')), ImageFolder(join(directory, 'test'))])
  return { directory, train, test }
}

/** Draws images into a new folder: `count` of each class for training, and `testCount` for testing. */
export async function drawImages(count: number, testCount: number, seed: number): Promise<Images> {
  const directory = await mkdtemp(join(tmpdir(), 'hotdog-'))
  await drawMeals(join(directory, 'train'), count, `train ${seed}`)
  await drawMeals(join(directory, 'test'), testCount, `test ${seed}`)
  return openImages(directory)
}
