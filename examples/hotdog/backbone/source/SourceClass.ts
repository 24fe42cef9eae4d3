import { anyColour, type Colour, chance, clamp, oneOf, times } from '../../../drawing/colour.js'
import {
  bars,
  bricks,
  checks,
  cloudy,
  dots,
  flat,
  grained,
  grid,
  type Ink,
  patterned,
  rings,
  speckled,
  waves,
} from '../../../drawing/inks.js'
import type { Look, Scene } from '../../../drawing/Scene.js'
import type { Shape } from '../../../drawing/shapes.js'

/** Something to tell apart from other things. It is drawn around (0, 0), from -1 to 1, in any colours. */
export interface SourceClass {
  readonly name: string
  readonly draw: (scene: Scene) => void
}

export const colourOf = ({ random }: Scene): Colour => anyColour(random, 0.75)

/** Materials of surfaces. */
const textures: readonly ((scene: Scene) => Ink)[] = [
  (scene) => two(scene, bars(scene.random.uniform(2, 5))),
  (scene) => two(scene, waves(scene.random.uniform(2, 4), 0.25)),
  (scene) => two(scene, checks(scene.random.uniform(2, 4))),
  (scene) => two(scene, grid(scene.random.uniform(2, 4))),
  (scene) => two(scene, dots(scene.random.uniform(2, 4))),
  (scene) => two(scene, rings(scene.random.uniform(2, 4))),
  (scene) => two(scene, bricks(scene.random.uniform(2, 4))),
  (scene) => two(scene, (x, y) => clamp(Math.sin(Math.atan2(y, x) * 9) * 3 + 0.5)),
  (scene) => cloudy(scene.random, colourOf(scene), colourOf(scene), 3),
  (scene) => grained(scene.random, colourOf(scene), colourOf(scene), 2),
  (scene) => speckled(scene.random, flat(colourOf(scene)), colourOf(scene), 0.15, 12),
  (scene) => two(scene, scales(scene.random.uniform(3, 5))),
]

const two = (scene: Scene, pattern: Shape): Ink => patterned(colourOf(scene), colourOf(scene), pattern)

const scales =
  (count: number): Shape =>
  (x, y) => {
    const row = Math.floor(y * count)
    const [u, v] = [(x * count + (row & 1) / 2) % 1, y * count - row]
    return clamp(6 * (Math.hypot(Math.abs(u) - 0.5, v) - 0.45) + 0.5)
  }

/** One colour, sometimes a texture. */
export function anyInk(scene: Scene): Ink {
  const { random } = scene
  return chance(random, 0.65) ? flat(colourOf(scene)) : oneOf(random, textures)(scene)
}

export function anyLook({ random }: Scene, round = 0.25): Look {
  return { round: random.uniform(0, round), gloss: random.uniform(0, 0.4), shadow: random.uniform(0, 0.1) }
}

/** A part in one colour, rounded like a thing. */
export function part(scene: Scene, shape: Shape, colour: Colour = colourOf(scene), round = 0.1): void {
  scene.put(shape, flat(colour), { round, shadow: 0.04, gloss: 0.15 })
}

export const darker = (colour: Colour): Colour => times(colour, 0.55)
