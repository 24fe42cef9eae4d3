import { anyColour, chance, mix, near, oneOf, rgb, times } from '../../../drawing/colour.js'
import { browned, cloudy, flat, grid, patterned, speckled } from '../../../drawing/inks.js'
import { noise } from '../../../drawing/noise.js'
import type { Scene } from '../../../drawing/Scene.js'
import { bent, box, capsule, disc, ellipse, outline, points, polygon, stroke, uneven } from '../../../drawing/shapes.js'
import * as colours from './colours.js'
import { cucumberSlice, leaf, onionRing, strewn, tomatoSlice } from './parts.js'

export function salad(scene: Scene): void {
  const { random } = scene
  const china = near(random, oneOf(random, [rgb(0xf4f1ea), rgb(0x9c6b3f), rgb(0x44586e)]))
  scene.put(disc(0.88), flat(china), { round: 0.18, shadow: 0.12 })
  strewn(scene, random.integer(10, 18), 0.45, 0.45, (part) => leaf(part, random.uniform(0.2, 0.34)))
  strewn(scene, random.integer(0, 5), 0.42, 0.42, (part) => tomatoSlice(part, random.uniform(0.1, 0.17)))
  strewn(scene, random.integer(0, 5), 0.42, 0.42, (part) => cucumberSlice(part, random.uniform(0.1, 0.16)))
  strewn(scene, random.integer(0, 8), 0.4, 0.4, onionRing)
}

export function bananas(scene: Scene): void {
  const { random } = scene
  const ripe = near(random, mix(rgb(0xb5c13a), rgb(0xf2cf3b), random.next() * 1.3))
  const curvature = random.uniform(0.3, 0.6)
  for (let i = random.integer(1, 3) - 1; i >= 0; i--) {
    const fruit = scene.at({ y: i * 0.24 - 0.1, turn: (i - 1) * 0.16 })
    const [length, radius] = [random.uniform(0.7, 0.85), random.uniform(0.13, 0.18)]
    const body = bent((x, y) => Math.hypot(Math.max(Math.abs(x) - length * 0.55, 0) * 0.7, y) - radius, curvature)
    fruit.put(body, speckled(random, flat(ripe), times(ripe, 0.45), random.uniform(0, 0.14), 9), {
      round: radius,
      gloss: 0.15,
      shadow: 0.07,
    })
    fruit.at({ x: length, y: -curvature * length * length }).put(capsule(0.05, 0.035), flat([0.3, 0.24, 0.1]))
  }
}

export function corn(scene: Scene): void {
  const { random } = scene
  const [length, radius] = [random.uniform(0.65, 0.85), random.uniform(0.2, 0.28)]
  const yellow = near(random, rgb(0xf0c437))
  if (chance(random, 0.6))
    for (const side of [-1, 1])
      scene
        .at({ x: -0.3, y: side * radius, turn: side * 0.2 })
        .put(ellipse(0.6, 0.13), flat(colours.lettuce(scene)), { round: 0.1, shadow: 0.05 })
  scene.put(ellipse(length, radius), patterned(yellow, times(yellow, 0.6), grid(random.uniform(8, 11))), {
    round: radius,
    gloss: 0.2,
    shadow: 0.07,
  })
}

export function carrots(scene: Scene): void {
  const { random } = scene
  for (let i = random.integer(1, 3); i > 0; i--) {
    const root = scene.at({
      y: random.uniform(-0.35, 0.35),
      turn: random.uniform(-0.3, 0.3) + (chance(random, 0.3) ? Math.PI : 0),
    })
    const orange = near(random, rgb(0xe07b28))
    for (let j = 0; j < 4; j++)
      root
        .at({ x: -0.66, turn: random.uniform(-0.6, 0.6) })
        .put(stroke(points(0, 0, -0.3, 0), 0.03), flat(colours.lettuce(scene)))
    root.put(
      polygon(points(-0.65, -0.16, -0.5, -0.18, 0.8, 0, -0.5, 0.18, -0.65, 0.16)),
      patterned(orange, times(orange, 0.8), (x) => Math.sin(x * 40) - 0.4),
      { round: 0.15, shadow: 0.06 },
    )
  }
}

export function cucumber(scene: Scene): void {
  const { random } = scene
  const green = near(random, rgb(oneOf(random, [0x3f6f2c, 0x2f5524, 0x6f8f3a])))
  scene.put(
    bent(capsule(random.uniform(0.65, 0.9), random.uniform(0.14, 0.2)), random.uniform(-0.2, 0.2)),
    speckled(random, cloudy(random, green, times(green, 1.3), 4), times(green, 0.6), 0.08),
    { round: 0.17, gloss: 0.3, shadow: 0.07 },
  )
  if (chance(random, 0.5)) strewn(scene.at({ y: 0.45 }), 3, 0.5, 0.1, (part) => cucumberSlice(part, 0.16))
}

/** Draws apples, oranges, tomatoes, plums. */
export function roundFruit(scene: Scene): void {
  const { random } = scene
  const skin = near(random, rgb(oneOf(random, [0xc62f27, 0x86b03a, 0xe88a23, 0xd9482b, 0x5d2f55, 0xe9c46a])))
  for (let i = random.integer(1, 4); i > 0; i--) {
    const fruit = scene.at({
      x: random.uniform(-0.45, 0.45),
      y: random.uniform(-0.45, 0.45),
      turn: random.uniform(-0.5, 0.5),
    })
    const size = random.uniform(0.28, 0.42)
    fruit.put(disc(size), cloudy(random, skin, times(skin, 0.75), 3), { round: size, gloss: 0.5, shadow: 0.08 })
    if (chance(random, 0.6)) fruit.put(stroke(points(0, -size * 0.8, 0.05, -size * 1.2), 0.02), flat([0.3, 0.2, 0.1]))
  }
}

export function donut(scene: Scene): void {
  const { random } = scene
  const size = random.uniform(0.42, 0.5)
  scene.put(
    outline(disc(size), size * 0.52),
    browned(flat(colours.crust(scene)), times(colours.crust(scene), 0.7), 0.1),
    { round: 0.2, shadow: 0.09 },
  )
  scene.put(
    uneven(outline(disc(size), size * 0.4), noise(random, 5), 0.05),
    flat(oneOf(random, [colours.chocolate, colours.onion, colours.sausage])(scene)),
    { round: 0.15, gloss: 0.4 },
  )
  for (let i = chance(random, 0.6) ? 26 : 0; i > 0; i--) {
    const angle = random.uniform(0, 6.3)
    const sprinkle = scene.at({ x: Math.cos(angle) * size, y: Math.sin(angle) * size, turn: random.uniform(0, 3) })
    sprinkle.put(capsule(0.04, 0.012), flat(anyColour(random, 1)))
  }
}

export function cake(scene: Scene): void {
  const { random } = scene
  const [sponge, cream] = [
    oneOf(random, [colours.crumb, colours.chocolate])(scene),
    oneOf(random, [colours.onion, colours.cheese, colours.chocolate])(scene),
  ]
  scene.put(box(0.62, 0.42, 0.04), flat(sponge), { round: 0.05, shadow: 0.09 })
  for (const y of [-0.36, 0, 0.36]) scene.at({ y }).put(box(0.63, 0.06, 0.04), flat(cream), { round: 0.04 })
  if (chance(random, 0.6))
    scene.at({ y: -0.5 }).put(disc(0.13), flat(colours.tomato(scene)), { round: 0.12, gloss: 0.5, shadow: 0.04 })
}
