import { chance, oneOf, times } from '../../../drawing/colour.js'
import { browned, cloudy, flat } from '../../../drawing/inks.js'
import { noise } from '../../../drawing/noise.js'
import type { Scene } from '../../../drawing/Scene.js'
import {
  bent,
  both,
  box,
  capsule,
  disc,
  ellipse,
  moved,
  points,
  polygon,
  stroke,
  uneven,
  without,
} from '../../../drawing/shapes.js'
import * as colours from './colours.js'
import { crustInk, cucumberSlice, sauce, sausage, seed, strewn, tomatoSlice } from './parts.js'

/** Draws bread alone: a whole or an open bun, or a baguette. */
export function roll(scene: Scene): void {
  const { random } = scene
  const [length, width, curvature] = [random.uniform(0.6, 0.92), random.uniform(0.24, 0.42), random.uniform(-0.2, 0.2)]
  scene.put(bent(box(length, width, width * 0.9), curvature), crustInk(scene), { round: width * 0.8, shadow: 0.09 })
  const cut = oneOf(random, ['none', 'open', 'slashes', 'seeds'])
  if (cut === 'open') {
    const opening = bent(capsule(length * 0.97, width * random.uniform(0.1, 0.55)), curvature)
    scene.put(opening, cloudy(random, colours.crumb(scene), times(colours.crumb(scene), 0.75), 6))
  }
  if (cut === 'slashes')
    for (let x = -0.6; x <= 0.6; x += 0.3) {
      const slash = scene.at({ x: x * length, y: -curvature * (x * length) ** 2, turn: 0.9 })
      slash.put(ellipse(width * 0.6, 0.04), flat(colours.crumb(scene)))
    }
  if (cut === 'seeds') strewn(scene, 25, length * 0.8, width * 0.6, seed)
}

/** Draws a long roll with everything but a sausage. */
export function sub(scene: Scene): void {
  const { random } = scene
  const [length, width] = [random.uniform(0.66, 0.92), random.uniform(0.26, 0.4)]
  const half = box(length, width, width * 0.9)
  const ink = crustInk(scene)
  scene.put(half, ink, { round: width * 0.7, shadow: 0.09 })
  const green = colours.lettuce(scene)
  const bed = uneven(capsule(length * 0.96, width * 0.75), noise(random, 9), 0.07)
  scene.put(bed, cloudy(random, green, times(green, 0.7), 10), { round: 0.05 })
  const topping = oneOf(random, [tomatoSlice, cucumberSlice, ham, cheeseSlice])
  for (let x = -0.75; x <= 0.75; x += 0.25)
    topping(scene.at({ x: x * length, turn: random.uniform(-0.3, 0.3) }), width * 0.55)
  if (chance(random, 0.5))
    sauce(scene, length * 0.8, width * 0.3, oneOf(random, [colours.mustard, colours.ketchup])(scene))
  if (chance(random, 0.5))
    scene.put(
      both(half, (_, y) => width * 0.3 - y),
      ink,
      { round: width * 0.35, shadow: 0.03 },
    )
}

function ham(scene: Scene, size: number): void {
  scene.put(ellipse(size, size * 0.7), flat([0.9, 0.62, 0.58]), { round: size * 0.2, shadow: 0.02 })
}

function cheeseSlice(scene: Scene, size: number): void {
  scene.put(box(size * 0.8, size * 0.8), flat(colours.cheese(scene)), { round: 0.03, shadow: 0.02 })
}

/** Draws toast, cut into triangles or whole, with its filling at the edge. */
export function sandwich(scene: Scene): void {
  const { random } = scene
  const triangular = chance(random, 0.6)
  const size = random.uniform(0.5, 0.7)
  for (const side of triangular ? [-1, 1] : [1]) {
    const shape = triangular
      ? polygon(points(-size, 0.06, size, 0.06, 0, size).map(([x, y]) => [x!, y! * side] as const))
      : box(size, size * 0.95, 0.12)
    const fillings = [colours.lettuce, colours.cheese, colours.tomato, colours.patty]
    for (let layer = 0; layer < 3; layer++)
      scene.put(moved(shape, 0.03 * layer, 0.05 * layer), flat(oneOf(random, fillings)(scene)), { shadow: 0.04 })
    const bread = cloudy(random, colours.crumb(scene), times(colours.crumb(scene), 0.86), 6)
    scene.put(shape, browned(bread, colours.crust(scene), 0.07), { round: 0.05 })
  }
}

export function croissant(scene: Scene): void {
  const { random } = scene
  const ink = crustInk(scene)
  const moon = without(disc(0.7), moved(disc(0.62), 0, 0.34))
  scene.put(moon, ink, { round: 0.3, shadow: 0.08, gloss: 0.2 })
  const crease = times(colours.crust(scene), 0.6)
  for (let angle = -2.6; angle < -0.4; angle += 0.36) {
    const tip = [Math.cos(angle) * 0.7, Math.sin(angle) * 0.7] as const
    scene.put(both(moon, stroke([[tip[0] * 0.4, tip[1] * 0.4 + 0.2], tip], 0.012)), flat(crease))
  }
  if (chance(random, 0.3)) strewn(scene, 20, 0.5, 0.3, seed)
}

/** Draws choux pastry with a glaze: long like a hot dog, and sweet. */
export function eclair(scene: Scene): void {
  const { random } = scene
  const [length, width, curvature] = [random.uniform(0.6, 0.9), random.uniform(0.2, 0.32), random.uniform(-0.1, 0.1)]
  scene.put(bent(capsule(length, width), curvature), crustInk(scene), { round: width * 0.8, shadow: 0.09 })
  const glaze = uneven(bent(capsule(length * 0.93, width * 0.75), curvature), noise(random, 4), 0.05)
  const icing = oneOf(random, [colours.chocolate, colours.sausage, colours.onion])(scene)
  scene.put(glaze, flat(icing), { round: 0.06, gloss: 0.5 })
  if (chance(random, 0.5))
    sauce(scene, length * 0.7, width * 0.3, oneOf(random, [colours.crumb, colours.chocolate])(scene), curvature)
}

/** Draws sausages without bread, on their own or with sauce. */
export function sausages(scene: Scene): void {
  const { random } = scene
  const count = random.integer(1, 3)
  const curvature = random.uniform(-0.4, 0.4)
  for (let i = 0; i < count; i++) {
    const lying = scene.at({ y: (i - (count - 1) / 2) * 0.38, turn: random.uniform(-0.25, 0.25) })
    const length = random.uniform(0.55, 0.9)
    sausage(lying, length, random.uniform(0.1, 0.19), curvature, 0.08)
    if (chance(random, 0.35))
      sauce(lying, length * 0.7, 0.08, oneOf(random, [colours.mustard, colours.ketchup])(scene), curvature)
  }
}

/** Draws bread and sausages side by side. */
export function breadBesideSausage(scene: Scene): void {
  roll(scene.at({ y: -0.42, scale: 0.8 }))
  sausage(scene.at({ y: 0.4, turn: scene.random.uniform(-0.3, 0.3) }), 0.65, 0.13, scene.random.uniform(-0.4, 0.4))
}
