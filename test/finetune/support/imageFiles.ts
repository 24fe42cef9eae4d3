import { join } from 'node:path'
import type { ImageDataset } from '../../../src/data/dataset/dataset.js'
import { writeFiles } from '../../data/support.js'
import { images } from './smallRun.js'

/** The images of `images` as files in a directory. */
export async function imageFiles(directory: string, count: number, seed: number): Promise<ImageDataset> {
  const { classes, samples, read } = await images(count, seed)
  const named = await Promise.all(samples.map(async (_, i) => [`${seed}/${i}.png`, await read!(i)] as const))
  await writeFiles(directory, Object.fromEntries(named))
  return { classes, samples: samples.map(({ label }, i) => ({ source: join(directory, `${seed}/${i}.png`), label })) }
}
