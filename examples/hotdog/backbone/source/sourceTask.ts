import type { Random } from 'onnx-finetune'
import { chance } from '../../../drawing/colour.js'
import type { Scene } from '../../../drawing/Scene.js'
import { capsule, disc } from '../../../drawing/shapes.js'
import { type Bitmap, snapshot } from '../../../drawing/snapshot.js'
import { surface, underlay } from '../../../drawing/surfaces.js'
import { otherFoods } from '../../images/foods/register.js'
import { longThings } from './longThings.js'
import { anyInk, anyLook, type SourceClass } from './SourceClass.js'
import { solids } from './solids.js'
import { things } from './things.js'

const foods = otherFoods.map((draw) => ({ name: draw.name, draw }))

/** The classes that the backbone is trained on: shapes, things, and foods, as in ImageNet; but never a hot dog. */
export const sourceClasses: readonly SourceClass[] = [...solids, ...longThings, ...things, ...foods]

/** Draws an image of one of them, as small as the network's input. */
export function sourceImage(random: Random, { draw }: SourceClass): Bitmap {
  const [width, height] = [random.integer(68, 84), random.integer(68, 84)]
  return snapshot(random, width, height, 0.6, (scene) => {
    surface(scene)
    const place = { x: random.uniform(-0.2, 0.2), y: random.uniform(-0.2, 0.2), squash: random.uniform(0.65, 1) }
    const middle = scene.at(place)
    if (chance(random, 0.5)) underlay(middle)
    crumbs(middle)
    draw(middle.at({ turn: random.uniform(0, 2 * Math.PI), scale: random.uniform(0.75, 1.15) }))
  })
}

/** Draws things of no class at the rim. */
function crumbs(scene: Scene): void {
  const { random } = scene
  for (let count = random.integer(0, 2); count > 0; count--) {
    const [angle, distance] = [random.uniform(0, 6.3), random.uniform(0.8, 1.2)]
    const at = { x: Math.cos(angle) * distance, y: Math.sin(angle) * distance, turn: random.uniform(0, 6.3) }
    const size = random.uniform(0.1, 0.3)
    scene.at(at).put(chance(random, 0.5) ? disc(size) : capsule(size * 1.6, size * 0.6), anyInk(scene), anyLook(scene))
  }
}
