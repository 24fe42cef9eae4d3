import { expect, test } from 'vitest'
import { type Decoder, decodeImage } from '../../../src/data/decode/decodeImage.js'
import { FineTuneError } from '../../../src/errors.js'
import { seededRandom } from '../../../src/random.js'
import type { RgbImage } from '../../../src/transforms/rgbImage.js'
import { corpus, outcomes } from './corpus.js'

const images = await corpus()

/**
 * Grey levels by which the decoders may differ: in lossless formats none; in a JPEG the colour that is stored at half size is
 * blown up by repeating (jimp) or interpolating (libjpeg), and cosines are rounded differently.
 */
function allowed(name: string): number {
  if (name.includes('half size') || name.includes('least quality') || name.includes('by mozjpeg')) return 60
  return name.includes('JPEG') ? 24 : 0
}

const outcomeOf = (file: Uint8Array, decoder: Decoder): Promise<RgbImage | FineTuneError> =>
  decodeImage(file, { decoder, source: 'it' }).catch((error) => {
    if (error instanceof FineTuneError) return error
    throw error
  })

const problemOf = (outcome: RgbImage | FineTuneError): string =>
  outcome instanceof FineTuneError ? `${outcome.code}: ${(outcome.facts as { problem?: string }).problem}` : 'read'

test('the corpus is large enough, and no name stands for two images', () => {
  expect(images.length).toBeGreaterThan(130)
  expect(new Set(images.map(({ name }) => name)).size).toBe(images.length)
})

test.each(images)('$name is $fate', async ({ name, file, fate }) => {
  const [bySharp, byJimp] = [await outcomeOf(file, 'sharp'), await outcomeOf(file, 'jimp')]
  const kinds = { read: /^read$/, refused: fate === 'refused' ? /^data\/unreadable: / : /needs sharp/ }
  expect(problemOf(bySharp)).toMatch(kinds[outcomes[fate].sharp])
  expect(problemOf(byJimp)).toMatch(kinds[outcomes[fate].jimp])
  if (fate !== 'read') return
  const [sharp, jimp] = [bySharp as RgbImage, byJimp as RgbImage]
  expect(jimp.shape).toEqual(sharp.shape)
  const worst = sharp.data.reduce((most, value, i) => Math.max(most, Math.abs(value - jimp.data[i]!)), 0)
  expect(worst).toBeLessThanOrEqual(allowed(name))
})

test('of damage inside the coded data of a JPEG, which keeps all its markers, the decoders nearly always say the same', async () => {
  const plain = images.filter(({ name }) => ['a JPEG', 'a progressive JPEG', 'a grey JPEG'].includes(name))
  const source = seededRandom('damage')
  let [agreed, refused] = [0, 0]
  const count = 240
  for (let i = 0; i < count; i++) {
    const file = plain[i % plain.length]!.file.slice()
    const scan = file.findIndex((byte, at) => byte === 0xff && file[at + 1] === 0xda)
    file[source.integer(scan + 14, file.length - 3)] = source.integer(0, 255)
    const outcomes = [await outcomeOf(file, 'sharp'), await outcomeOf(file, 'jimp')]
    const failures = outcomes.filter((outcome) => outcome instanceof FineTuneError).length
    if (failures !== 1) agreed++
    if (failures === 2) refused++
  }
  expect(refused).toBeGreaterThan(count / 20)
  expect(agreed).toBeGreaterThanOrEqual(count * 0.96)
})
