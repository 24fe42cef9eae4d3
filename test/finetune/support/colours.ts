import { imageDataset } from '../../../src/data/dataset/imageDataset.js'
import { freeze } from '../../../src/model/freeze.js'
import { replaceHead } from '../../../src/model/replaceHead.js'
import type { Task } from '../../../src/model/task.js'
import { seededRandom } from '../../../src/random.js'
import { rgbImage } from '../../../src/transforms/rgbImage.js'
import { smallModel } from './smallRun.js'

const COLOURS = ['blue', 'green', 'red']
const SIDE = 40

/** Images in which each of three colours is bright or not, any number of them. */
function image(random: ReturnType<typeof seededRandom>) {
  const bright = COLOURS.filter(() => random.next() < 0.5)
  const levels = ['red', 'green', 'blue'].map((colour) => (bright.includes(colour) ? 130 : 10))
  const bytes = Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => levels[i % 3]! + random.integer(0, 100))
  return { bright, pixels: rgbImage(bytes, SIDE, SIDE), brightness: (levels[0]! + levels[1]! + levels[2]!) / 390 }
}

/** Images with labels, their bright colours. */
export const labelledImages = (count: number, seed: number) =>
  imageDataset(
    Array.from({ length: count }, (_, i) => {
      const { bright, pixels } = image(seededRandom('colours', seed, i))
      return { image: pixels, labels: bright }
    }),
    { classes: COLOURS },
  )

/** Images with two numbers: their brightness, and twice that less 1. */
export const measuredImages = (count: number, seed: number) =>
  imageDataset(
    Array.from({ length: count }, (_, i) => {
      const { brightness, pixels } = image(seededRandom('colours', seed, i))
      return { image: pixels, values: [brightness, 2 * brightness - 1] }
    }),
    { classes: ['brightness', 'contrast'] },
  )

/** A narrow network of a task, in which batch normalization does not depend on the batch. */
export async function modelFor(task: Task) {
  const classes = task === 'regression' ? ['brightness', 'contrast'] : COLOURS
  const model = replaceHead(await smallModel(), { classes, task })
  freeze(model, /bn|downsample\.1/)
  return model
}
