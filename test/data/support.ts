import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Jimp } from 'jimp'
import { onTestFinished } from 'vitest'
import type { Batch } from '../../src/data/loader/batch.js'
import { FineTuneError } from '../../src/errors.js'
import { seededRandom } from '../../src/random.js'

/** The FineTuneError that a promise fails with. */
export async function errorOf(promise: Promise<unknown>): Promise<FineTuneError> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (error) => error,
  )
  if (error instanceof FineTuneError) return error
  throw error
}

/** A temporary directory with these files, gone after the test. */
export async function directoryOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'images-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  await writeFiles(directory, files)
  return directory
}

export async function writeFiles(directory: string, files: Readonly<Record<string, Uint8Array | string>>) {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content)
  }
}

/** A PNG of a smooth random gradient. */
export async function png(height: number, width: number, seed = 0): Promise<Uint8Array> {
  const source = seededRandom('png', seed)
  const slopes = Array.from({ length: 6 }, () => source.uniform(-2, 2))
  const image = new Jimp({ width, height })
  const { data } = image.bitmap
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 4; c++)
        data[(y * width + x) * 4 + c] =
          c === 3 ? 255 : 128 + slopes[c]! * (x - width / 2) + slopes[c + 3]! * (y - height / 2)
  return image.getBuffer('image/png')
}

/** Two classes of `count` images in many sizes, as the files of `directoryOf`. */
export async function twoClasses(count: number): Promise<Record<string, Uint8Array>> {
  const names = ['cat', 'dog'].flatMap((name) => Array.from({ length: count }, (_, i) => `${name}/${i}.png`))
  const sized = (seed: number) => png(20 + ((seed * 7) % 23), 18 + ((seed * 11) % 29), seed)
  return Object.fromEntries(await Promise.all(names.map(async (name, seed) => [name, await sized(seed)] as const)))
}

export async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}
