import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Random, random } from 'onnx-finetune'
import { encode } from './encode.js'
import type { Bitmap } from './snapshot.js'

export interface FolderPlan {
  /** The folder that gets one folder per class; it may be there already. */
  readonly directory: string
  /** Draws a picture of each class. */
  readonly classes: Readonly<Record<string, (random: Random) => Bitmap>>
  /** Pictures of each class. */
  readonly count: number
  /** Decides every picture, together with its class and number. */
  readonly seed: number | string
  readonly onPicture?: (done: number, total: number) => void
}

/** Draws a folder of PNG files per class, as `ImageFolder` reads it. */
export async function drawFolder({ directory, classes, count, seed, onPicture }: FolderPlan): Promise<void> {
  const total = Object.keys(classes).length * count
  let done = 0
  for (const [name, draw] of Object.entries(classes)) {
    await mkdir(join(directory, name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const { data, width, height } = draw(random(seed, name, i))
      const file = join(directory, name, `${String(i).padStart(4, '0')}.png`)
      await writeFile(file, await encode(data, width, height))
      onPicture?.(++done, total)
    }
  }
}
