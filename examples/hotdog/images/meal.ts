import type { Random } from 'onnx-finetune'
import { type Bitmap, snapshot } from '../../drawing/snapshot.js'
import { surface, underlay } from '../../drawing/surfaces.js'
import { clutter, inFront } from './clutter.js'
import type { Food } from './foods/register.js'

/**
 * Draws an image of a food on some table, of any shape, with things around it. All random numbers come from `random`.
 */
export function meal(random: Random, food: Food): Bitmap {
  const [width, height] = [random.integer(96, 160), random.integer(96, 160)]
  return snapshot(random, width, height, 0.5, (scene) => {
    surface(scene)
    const place = { x: random.uniform(-0.2, 0.2), y: random.uniform(-0.2, 0.2), squash: random.uniform(0.65, 1) }
    const middle = scene.at(place)
    underlay(middle)
    clutter(middle)
    food(middle.at({ turn: random.uniform(0, 2 * Math.PI), scale: random.uniform(0.9, 1.25) }))
    inFront(middle)
  })
}
