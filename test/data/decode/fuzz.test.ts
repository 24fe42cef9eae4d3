import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodePicture } from '../../../src/data/decode/decodePicture.js'
import { FineTuneError } from '../../../src/errors.js'
import { random } from '../../../src/random.js'

const golden = new URL('../../golden/decode/', import.meta.url)
const names = readdirSync(golden).filter((name) => /\.(png|jpg|bmp|gif|tif|webp)$/.test(name))

// jimp's GIF reader prints what it thinks of a damaged file.
beforeAll(() => void vi.spyOn(console, 'log').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

/** A few bytes overwritten, most of them near the front, where headers are. */
function damaged(name: string, seed: number): Uint8Array {
  const bytes = new Uint8Array(readFileSync(new URL(name, golden)))
  const source = random('fuzz', name, seed)
  for (let i = source.integer(1, 6); i > 0; i--) {
    bytes[Math.floor(source.next() ** 3 * bytes.length)] = source.integer(0, 255)
  }
  return source.next() < 0.2 ? bytes.subarray(0, source.integer(0, bytes.length)) : bytes
}

describe.each(['sharp', 'jimp'] as const)('%s', (decoder) => {
  test.each(names)('a damaged %s is a picture or a typed error', async (name) => {
    for (let seed = 0; seed < 15; seed++) {
      const options = { decoder, maxPixels: 1_000_000, source: name }
      const result = await decodePicture(damaged(name, seed), options).catch((error) => error)
      if (result instanceof Error) expect(result).toBeInstanceOf(FineTuneError)
      else expect(result.data.length).toBe(result.shape[0]! * result.shape[1]! * 3)
    }
  })
})
