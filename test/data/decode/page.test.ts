import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeImage } from '../../../src/data/decode/decodeImage.js'
import { chromiumPath, noChromium } from '../../support/browser.js'
import { fuzz } from '../../support/fuzz.js'
import { broken } from '../../support/mutations.js'
import { openWebPage, type PageLibrary, toBase64 } from '../../support/webPage.js'
import { corpus, outcomes } from './corpus.js'
import { withRightChecksums } from './crafted.js'

declare const library: PageLibrary

const { numRuns, seed } = fuzz(300)
const golden = new URL('../../golden/decode/', import.meta.url)
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, golden)))
const goldenNames = readdirSync(golden).filter((name) => /\.(png|jpg|bmp|gif|tif|webp)$/.test(name))
const images = await corpus()

/** What a page makes of an image: pixels, or the error's code and problem. */
type Outcome = { shape: number[]; data: Uint8Array } | { code: string; problem: string }

/** Decodes files in a page; one that does not fail with a typed error ends the test. */
async function decodeAll(page: Page, files: readonly Uint8Array[], autoOrient = true): Promise<Outcome[]> {
  const outcomes = await page.evaluate(
    async ([texts, autoOrient]) => {
      const outcomes = []
      for (const text of texts) {
        const bytes = library.fromBase64(text)
        const outcome = await library.decodeImage(bytes, { autoOrient, maxPixels: 1_000_000 }).then(
          ({ shape, data }) => ({ shape, data: library.toBase64(data) }),
          (error) => {
            if (!library.isFineTuneError(error)) throw error
            return { code: error.code as string, problem: (error.facts as { problem?: string }).problem ?? '' }
          },
        )
        outcomes.push(outcome)
      }
      return outcomes
    },
    [files.map(toBase64), autoOrient] as const,
  )
  return outcomes.map((outcome) =>
    'code' in outcome ? outcome : { shape: outcome.shape, data: new Uint8Array(Buffer.from(outcome.data, 'base64')) },
  )
}

const largestDifference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

describe.skipIf(!chromiumPath)(`a page${chromiumPath ? '' : ` (${noChromium})`}`, () => {
  let opened: Awaited<ReturnType<typeof openWebPage>>
  let ofCorpus: Outcome[]
  let ofGolden: Outcome[]
  beforeAll(async () => {
    opened = await openWebPage()
    ofCorpus = await decodeAll(
      opened.page,
      images.map(({ file }) => file),
    )
    ofGolden = await decodeAll(opened.page, goldenNames.map(bytesOf), false)
  })
  afterAll(() => opened?.close())

  test.each(images.map((image, i) => ({ ...image, i })))('$name is $fate', async ({ name, file, fate, i }) => {
    const outcome = ofCorpus[i]!
    if (outcomes[fate].page === 'refused') {
      expect(outcome).toMatchObject({ code: 'data/unreadable' })
      if (fate === 'needs sharp')
        expect(outcome).toMatchObject({ problem: expect.stringMatching(/not decoded in the browser/) })
      return
    }
    const node = await decodeImage(file, { decoder: 'sharp' })
    expect(outcome).toHaveProperty('shape', node.shape)
    // Equal to the bit, orientation included; the multiplication of inks by black is rounded otherwise.
    const tolerance = name.includes('four inks') ? 1 : 0
    expect(largestDifference((outcome as { data: Uint8Array }).data, node.data)).toBeLessThanOrEqual(tolerance)
  })

  test.each(goldenNames.map((name, i) => [name, i] as const))('decodes %s as Pillow does', (name, i) => {
    const outcome = ofGolden[i]!
    expect(outcome).toHaveProperty('shape', [12, 16, 3])
    const tolerance = name.endsWith('.jpg') ? 2 : 0
    expect(largestDifference((outcome as { data: Uint8Array }).data, bytesOf(`${name}.rgb`))).toBeLessThanOrEqual(
      tolerance,
    )
  })

  test('makes of a broken file an image or a typed error', async () => {
    const whole = images.filter(({ fate }) => fate !== 'refused').map(({ file }) => file)
    // One byte changed among the pixels: most of what is badly broken is refused before it is decoded.
    const scratched = fc
      .record({ file: fc.constantFrom(...whole), at: fc.nat(), value: fc.nat(255) })
      .map(({ file, at, value }) => file.with(at % file.length, value))
    const broke = fc
      .tuple(fc.oneof(broken(whole), scratched), fc.boolean())
      .map(([file, mend]) => (mend ? withRightChecksums(file) : file))
    const found = await decodeAll(opened.page, fc.sample(broke, { numRuns, seed }))
    const refused = found.filter((outcome) => 'code' in outcome)
    for (const { code } of refused) expect(['data/unreadable', 'data/too-many-pixels']).toContain(code)
    for (const outcome of found)
      if ('shape' in outcome) expect(outcome.data.length).toBe(outcome.shape.reduce((size, side) => size * side))
    expect(Math.min(refused.length, found.length - refused.length)).toBeGreaterThan(numRuns / 20)
  })

  test('has no other decoder', async () => {
    const codes = await opened.page.evaluate(
      async (text) =>
        Promise.all(
          (['sharp', 'jimp'] as const).map((decoder) =>
            library.decodeImage(library.fromBase64(text), { decoder }).then(
              () => 'decoded',
              (error) => error.code,
            ),
          ),
        ),
      toBase64(bytesOf('colour.jpg')),
    )
    expect(codes).toEqual(['data/no-sharp', 'data/no-jimp'])
  })
})
