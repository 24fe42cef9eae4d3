import { seededRandom } from 'onnx-finetune'
import type { Bitmap } from '../../../drawing/snapshot.js'
import { donut } from '../../../hotdog/images/foods/fresh.js'
import { pizza } from '../../../hotdog/images/foods/hot.js'
import { hotdog } from '../../../hotdog/images/foods/hotdog.js'
import { meal } from '../../../hotdog/images/meal.js'
import type { Context } from './engine.worker.js'

const foods = { 'Hot dog': hotdog, Pizza: pizza, Donut: donut }
/** The food of the wrong image in each class, so that there is something to clean. */
const strays = { 'Hot dog': donut, Pizza: hotdog, Donut: pizza }

/** Draws images of foods; one of each class is in the wrong one. */
export async function drawSamples(perClass: number, { report, signal }: Context): Promise<void> {
  for (let i = 0; i < perClass; i++)
    for (const [className, food] of Object.entries(foods)) {
      if (signal.aborted) return
      const stray = i === Math.floor(perClass / 3) ? strays[className as keyof typeof strays] : undefined
      const bitmap = meal(seededRandom('sample', className, i), stray ?? food)
      const name = `${className.toLowerCase().replace(' ', '-')}-${String(i + 1).padStart(2, '0')}.png`
      report({ type: 'drawn', image: { className, name, file: await pngOf(bitmap) } })
    }
}

async function pngOf({ data, width, height }: Bitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  const pixels = new ImageData(width, height)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels.data.set(data.subarray(from, from + 3), to)
    pixels.data[to + 3] = 255
  }
  canvas.getContext('2d')!.putImageData(pixels, 0, 0)
  return canvas.convertToBlob({ type: 'image/png' })
}
