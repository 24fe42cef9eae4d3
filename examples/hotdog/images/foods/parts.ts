import { type Colour, chance, oneOf, times } from '../../../drawing/colour.js'
import { bars, browned, cloudy, flat, type Ink, patterned } from '../../../drawing/inks.js'
import type { Scene } from '../../../drawing/Scene.js'
import {
  along,
  bent,
  box,
  capsule,
  disc,
  ellipse,
  outline,
  points,
  type Shape,
  stroke,
} from '../../../drawing/shapes.js'
import * as colours from './colours.js'

/** Returns bread seen from outside. */
export function crustInk(scene: Scene, colour: Colour = colours.crust(scene)): Ink {
  return browned(cloudy(scene.random, colour, times(colour, 0.85), 3), times(colour, 0.7), 0.12)
}

export function sausageInk(scene: Scene): Ink {
  const { random } = scene
  const colour = colours.sausage(scene)
  const meat = cloudy(random, colour, times(colour, 0.8), 5)
  if (!chance(random, 0.35)) return meat
  const marks = bars(random.uniform(2, 4))
  const slant = random.uniform(-1, 1)
  return (x, y, depth) => times(meat(x, y, depth), 1 - 0.5 * marks(x + slant * y, y))
}

/** Draws a sausage along x. */
export function sausage(scene: Scene, length: number, radius: number, curvature = 0, shadow = 0.06): void {
  const shape = bent(capsule(length, radius), curvature)
  const gloss = scene.random.uniform(0, 0.5)
  scene.put(shape, sausageInk(scene), { round: radius, gloss, shadow })
}

/** Draws a line of sauce along x: straight, waves or zigzag. */
export function sauce(scene: Scene, length: number, height: number, colour: Colour, curvature = 0): void {
  const { random } = scene
  const [swings, start] = [random.uniform(2, 7), random.uniform(0, 6)]
  const swing = oneOf(random, [Math.sin, (t: number) => Math.asin(Math.sin(t)) * 0.65, () => 0])
  const line = along(28, (t) => {
    const x = (2 * t - 1) * length
    return [x, swing(start + swings * t * 2 * Math.PI) * height - curvature * x * x]
  })
  const radius = random.uniform(0.025, 0.05)
  scene.put(stroke(line, radius), flat(colour), { round: radius, gloss: 0.3, shadow: 0.02 })
}

/** Strews bits of something over x +- `width`, y +- `height`. */
export function strewn(scene: Scene, count: number, width: number, height: number, bit: (scene: Scene) => void): void {
  const { random } = scene
  for (let i = 0; i < count; i++) {
    const [x, y] = [random.uniform(-width, width), random.uniform(-height, height)]
    bit(scene.at({ x, y, turn: random.uniform(0, 2 * Math.PI) }))
  }
}

export const seed = (scene: Scene) => scene.put(ellipse(0.04, 0.022), flat([0.95, 0.88, 0.7]), { shadow: 0.01 })
export const onionRing = (scene: Scene) =>
  scene.put(outline(ellipse(0.07, 0.05), 0.013), flat(colours.onion(scene)), { shadow: 0.01 })
export const cube = (scene: Scene) => scene.put(box(0.04, 0.03, 0.01), flat(colours.onion(scene)), { shadow: 0.015 })

export function leaf(scene: Scene, size = 0.25): void {
  const { random } = scene
  const green = colours.lettuce(scene)
  const rim: Shape = (x, y) => Math.hypot(x, y * 1.6) - size * (1 + 0.16 * Math.sin(7 * Math.atan2(y, x)))
  scene.put(rim, cloudy(random, green, times(green, 0.7), 9), { round: size * 0.4, shadow: 0.03 })
  const vein = stroke(points(-size * 0.8, 0, size * 0.8, 0), size * 0.04)
  scene.put(vein, flat(times(green, 1.25)))
}

export function tomatoSlice(scene: Scene, size = 0.2): void {
  const red = colours.tomato(scene)
  scene.put(disc(size), flat(red), { round: size * 0.2, shadow: 0.02 })
  const chambers: Shape = (x, y) =>
    Math.max(Math.hypot(x, y) - size * 0.75, size * 0.25 - Math.hypot(x, y)) +
    0.03 * Math.cos(5 * Math.atan2(y, x)) +
    0.02
  scene.put(chambers, flat([0.93, 0.5, 0.3]))
}

export function cucumberSlice(scene: Scene, size = 0.17): void {
  scene.put(disc(size), flat([0.25, 0.45, 0.2]), { shadow: 0.02 })
  scene.put(
    disc(size * 0.88),
    patterned([0.8, 0.9, 0.62], [0.7, 0.82, 0.5], (x, y) => 1.5 - Math.hypot(x, y) / size / 0.35),
  )
}
