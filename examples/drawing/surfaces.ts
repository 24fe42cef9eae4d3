import { anyColour, chance, mix, near, oneOf, rgb, times } from './colour.js'
import { bars, bricks, checks, cloudy, dots, flat, grained, grid, type Ink, patterned } from './inks.js'
import type { Scene } from './Scene.js'
import { box, disc, outline } from './shapes.js'

const WOODS = [0xa9743f, 0x7b4f2a, 0xd2a878, 0x5a3a22, 0xc9b293].map(rgb)

/** Covers the scene with what things lie on: wood, cloth, stone, grass, paint. */
export function surface(scene: Scene): void {
  const { random } = scene
  const turned = scene.at({ turn: random.uniform(0, Math.PI), scale: random.uniform(0.5, 1.4) })
  turned.fill(oneOf(random, [wood, wood, cloth, cloth, stone, paint, grass])(scene))
}

function wood({ random }: Scene): Ink {
  const board = near(random, oneOf(random, WOODS))
  return grained(random, board, times(board, 0.6), random.uniform(1, 3))
}

function cloth({ random }: Scene): Ink {
  const [ground, figure] = [anyColour(random, 0.5), anyColour(random, 0.8)]
  const count = random.uniform(1, 5)
  return patterned(ground, figure, oneOf(random, [checks(count), bars(count * 2), grid(count), dots(count * 2)]))
}

function stone({ random }: Scene): Ink {
  const grey = near(random, mix([0.15, 0.15, 0.16], [0.95, 0.95, 0.93], random.next()), 0.03)
  if (chance(random, 0.3)) return patterned(grey, times(grey, 0.8), bricks(random.uniform(2, 4)))
  return cloudy(random, grey, times(grey, random.uniform(0.6, 0.9)), random.uniform(3, 12))
}

function paint({ random }: Scene): Ink {
  return flat(anyColour(random, 0.6))
}

function grass({ random }: Scene): Ink {
  return cloudy(random, near(random, rgb(0x5d8a34)), near(random, rgb(0x2f5a1e)), 14)
}

/** Draws a plate, a board, a napkin or a tray under the food; often nothing. */
export function underlay(scene: Scene): void {
  const { random } = scene
  const kind = random.integer(0, 6)
  const china = near(random, oneOf(random, [rgb(0xf4f1ea), rgb(0xf4f1ea), rgb(0x34506b), rgb(0x2b2b2b), rgb(0xb9c7b2)]))
  const size = random.uniform(0.75, 1.1)
  if (kind <= 1) {
    scene.put(disc(size), flat(china), { round: 0.1, shadow: 0.1 })
    scene.put(outline(disc(size * 0.72), 0.012), flat(times(china, 0.8)))
  } else if (kind === 2) {
    const board = near(random, oneOf(random, WOODS))
    scene.put(box(size, size * 0.7, 0.1), grained(random, board, times(board, 0.7), 2), { round: 0.05, shadow: 0.08 })
  } else if (kind === 3) {
    const paper = patterned(rgb(0xf7f4ec), anyColour(random, 0.9), oneOf(random, [checks(5), bars(6), grid(4)]))
    scene.put(box(size, size * random.uniform(0.55, 0.9), 0.03), paper, { round: 0.03, shadow: 0.05 })
  }
}
