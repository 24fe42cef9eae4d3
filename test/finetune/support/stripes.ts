import type { ImageDataset } from '../../../src/data/dataset/dataset.js'
import { seededRandom } from '../../../src/random.js'
import { encodePng } from '../../support/png.js'

const SIDE = 28
/** Tells whether a pixel is on a stripe, of each class. */
const STRIPES = {
  across: (x: number) => x % 4 < 2,
  down: (_: number, y: number) => y % 4 < 2,
  falling: (x: number, y: number) => (x - y + SIDE) % 4 < 2,
  rising: (x: number, y: number) => (x + y) % 4 < 2,
}

/** Faint stripes in four directions, which are the classes, on grounds of any colour, which are not. */
export async function stripes(count: number, seed: number): Promise<ImageDataset> {
  const classes = Object.keys(STRIPES)
  const samples = Array.from({ length: count }, (_, i) => ({ source: `stripes ${i}`, label: i % classes.length }))
  const bytes = await Promise.all(samples.map(({ label }, i) => image(label, seededRandom('stripes', seed, i))))
  return { classes, samples, read: async (index) => bytes[index]!.slice() }
}

function image(label: number, source: ReturnType<typeof seededRandom>): Promise<Uint8Array> {
  const isStripe = Object.values(STRIPES)[label]!
  const ground = Array.from({ length: 3 }, () => source.integer(60, 195))
  const rgb = Uint8Array.from({ length: 3 * SIDE ** 2 }, (_, at) => {
    const pixel = Math.floor(at / 3)
    const height = isStripe(pixel % SIDE, Math.floor(pixel / SIDE)) ? 10 : -10
    return ground[at % 3]! + height + source.integer(-10, 10)
  })
  return encodePng(rgb, SIDE, SIDE)
}
