import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** The size of the data sets; DATASET_IMAGES=1000000 is that of the figures in the documents. */
const images = Number(process.env.DATASET_IMAGES ?? 200_000)

interface Opened {
  readonly images: number
  readonly open_cpu_seconds: number
  readonly open_peak_mb: number
  readonly bytes_per_image: number
}

const open = async (...args: string[]): Promise<Opened> => {
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/datasets.js', ...args])
  return JSON.parse(stdout)
}

test.each([
  ['a manifest in CSV', 'manifest', 'csv', images],
  ['a manifest in JSON Lines', 'manifest', 'jsonl', images],
  ['a folder of files', 'folder', 'csv', images / 10],
  ['a set of shards', 'tar', 'csv', images / 10],
])('%s opens in bounded time and memory', async (_, kind, format, count) => {
  const opened = await open('--kind', kind, '--format', format, '--images', String(count))
  expect(opened.images).toBe(count)
  expect(opened.open_cpu_seconds).toBeLessThan(3 * (1 + count / 100_000))
  // The text of a source is 27 bytes, or 12 in a shard; an object with it would be more than 150. A megabyte is code.
  expect(opened.bytes_per_image).toBeLessThan(64 + 1_000_000 / count)
  expect(opened.open_peak_mb).toBeLessThan(100 + (100 * count) / 2 ** 20)
})
