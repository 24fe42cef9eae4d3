import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const golden = (name: string) => fileURLToPath(new URL(`../golden/classifier/${name}`, import.meta.url))

/** A classifier of three small layers. */
export const classifier = golden('float32.onnx')
/** Two images. */
export const images = [golden('tall.png'), golden('wide.png')] as const

/** Writes a list of images: every third is an object, every tenth cannot be read. */
export async function writeList(directory: string, length: number): Promise<string> {
  await writeFile(join(directory, 'broken.png'), 'no image')
  const lines = Array.from({ length }, (_, i) => {
    const source = i % 10 === 9 ? 'broken.png' : images[i % 2]!
    return i % 3 === 2 ? JSON.stringify({ source, label: 'ignored' }) : source
  })
  const path = join(directory, 'images.jsonl')
  await writeFile(path, lines.join('\n'))
  return path
}

export interface Line {
  readonly source: string
  readonly label?: string
  readonly score?: number
  readonly scores?: readonly unknown[]
  readonly error?: string
}

/** Reads the predictions of a shard. */
export async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}
