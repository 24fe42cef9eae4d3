import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Random, seededRandom } from 'onnx-finetune'
import { encode } from './encode.js'
import type { Bitmap } from './snapshot.js'

export interface FolderPlan {
  /** The folder that gets one folder per class; it may exist already. */
  readonly directory: string
  /** Draws an image of each class. */
  readonly classes: Readonly<Record<string, (random: Random) => Bitmap>>
  /** The number of images of each class. */
  readonly count: number
  /** The seed of every image, together with its class and number. */
  readonly seed: number | string
  readonly onImage?: (done: number, total: number) => void
}

/** Draws a folder of PNG files per class, as `ImageFolder` reads it. */
export async function drawFolder({ directory, classes, count, seed, onImage }: FolderPlan): Promise<void> {
  const total = Object.keys(classes).length * count
  let done = 0
  for (const [name, draw] of Object.entries(classes)) {
    await mkdir(join(directory, name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const { data, width, height } = draw(seededRandom(seed, name, i))
      const file = join(directory, name, `${String(i).padStart(4, '0')}.png`)
      await writeFile(file, await encode(data, width, height))
      onImage?.(++done, total)
    }
  }
}
