import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Decoder, decodeImage } from '../../../src/data/decode/decodeImage.js'
import { errorOf } from '../support.js'
import { png, pngHeader } from './crafted.js'

const golden = new URL('../../golden/decode/', import.meta.url)
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, golden)))
const names = readdirSync(golden).filter((name) => /\.(png|jpg|bmp|gif|tif|webp)$/.test(name))

describe.each<Decoder>(['sharp', 'jimp'])('%s decodes as Pillow does', (decoder) => {
  test.each(names.filter((name) => decoder === 'sharp' || !name.endsWith('.webp')))('%s', async (name) => {
    // Pillow turns a photograph only by `exif_transpose`: orientation.test.ts.
    const image = await decodeImage(bytesOf(name), { decoder, autoOrient: false })
    const expected = bytesOf(`${name}.rgb`)
    expect(image.shape).toEqual([12, 16, 3])
    // Lossless formats to the bit; a JPEG's inverse cosine transform and colour conversion round differently.
    const tolerance = name.endsWith('.jpg') ? 2 : 0
    const worst = Math.max(...image.data.map((byte, i) => Math.abs(byte - expected[i]!)))
    expect(worst).toBeLessThanOrEqual(tolerance)
  })
})

describe.each<Decoder>(['sharp', 'jimp'])('%s and damaged images', (decoder) => {
  test.each(['colour.jpg', 'progressive.jpg', 'grey.png', 'colour.gif', 'colour.bmp', 'colour.tif'])(
    'a truncated %s is an error that names it',
    async (name) => {
      const bytes = bytesOf(name)
      const half = bytes.subarray(0, Math.floor(bytes.length * 0.6))
      const { code, message } = await errorOf(decodeImage(half, { decoder, source: 'photos/half' }))
      expect(code).toBe('data/unreadable')
      expect(message).toContain('photos/half')
    },
  )

  test('a JPEG without its last two bytes is an error, as in Pillow', async () => {
    const bytes = bytesOf('colour.jpg')
    expect(await errorOf(decodeImage(bytes.subarray(0, -2), { decoder }))).toMatchObject({ code: 'data/unreadable' })
  })

  test('text and nothing at all are errors', async () => {
    const text = new TextEncoder().encode('This is certainly not an image, whatever its name')
    expect(await errorOf(decodeImage(text, { decoder }))).toMatchObject({ code: 'data/unreadable' })
    expect(await errorOf(decodeImage(new Uint8Array(0), { decoder }))).toMatchObject({ code: 'data/unreadable' })
  })

  test('a decompression bomb is refused by its header', async () => {
    const bomb = png(pngHeader(100_000, 100_000), new Uint8Array(1000))
    const { code, message } = await errorOf(decodeImage(bomb, { decoder, source: 'bomb.png' }))
    expect(code).toBe('data/too-many-pixels')
    expect(message).toBe(
      'The image bomb.png has 100000 x 100000 pixels, more than 89478485. Raise maxPixels if you trust it',
    )
    const small = decodeImage(bytesOf('colour.jpg'), { decoder, maxPixels: 191 })
    expect(await errorOf(small)).toMatchObject({ code: 'data/too-many-pixels' })
  })
})

test('jimp says what WebP needs', async () => {
  const { message } = await errorOf(decodeImage(bytesOf('lossless.webp'), { decoder: 'jimp', source: 'a.webp' }))
  expect(message).toContain('The image a.webp cannot be read: WebP needs sharp')
})

test('a wrong option is refused', async () => {
  const wrong = decodeImage(bytesOf('grey.png'), { decoder: 'gd' as never })
  expect(await errorOf(wrong)).toMatchObject({ code: 'options/invalid' })
})
