import { chance, oneOf, times } from '../../../drawing/colour.js'
import { browned, cloudy, flat, speckled } from '../../../drawing/inks.js'
import { noise } from '../../../drawing/noise.js'
import type { Scene } from '../../../drawing/Scene.js'
import {
  along,
  both,
  box,
  disc,
  ellipse,
  outline,
  points,
  polygon,
  stroke,
  turned,
  uneven,
  without,
} from '../../../drawing/shapes.js'
import * as colours from './colours.js'
import { crustInk, leaf, seed, strewn, tomatoSlice } from './parts.js'

export function burgerFromAbove(scene: Scene): void {
  const { random } = scene
  const size = random.uniform(0.55, 0.75)
  scene.put(uneven(disc(size * 1.06), noise(random, 6), 0.08), flat(colours.lettuce(scene)), { shadow: 0.1 })
  if (chance(random, 0.6))
    scene.at({ turn: random.next() * 3 }).put(box(size * 0.85, size * 0.85), flat(colours.cheese(scene)))
  scene.at({ x: 0.06, y: 0.05 }).put(disc(size), flat(colours.patty(scene)))
  scene.put(disc(size * 0.96), crustInk(scene), { round: size * 0.8, gloss: 0.15, shadow: 0.05 })
  if (chance(random, 0.6)) strewn(scene, 30, size * 0.6, size * 0.6, seed)
}

/** Draws layers from the side, bottom first. */
export function burger(scene: Scene): void {
  const { random } = scene
  const width = random.uniform(0.5, 0.72)
  const ink = crustInk(scene)
  scene.at({ y: 0.48 }).put(box(width, 0.15, 0.12), ink, { round: 0.12, shadow: 0.1 })
  let y = 0.34
  for (let layers = random.integer(2, 5); layers > 0; layers--) {
    const filling = scene.at({ y })
    const kind = random.integer(0, 3)
    if (kind === 0)
      filling.put(box(width * 1.02, 0.11, 0.1), speckled(random, flat(colours.patty(scene)), [0.15, 0.08, 0.05]), {
        round: 0.1,
        shadow: 0.03,
      })
    if (kind === 1)
      filling.put(uneven(box(width * 1.06, 0.05, 0.05), noise(random, 7), 0.06), flat(colours.lettuce(scene)), {
        shadow: 0.03,
      })
    if (kind === 2) filling.put(box(width * 0.95, 0.05, 0.04), flat(colours.tomato(scene)), { round: 0.05 })
    if (kind === 3)
      filling.put(
        polygon(points(-width, -0.03, width, -0.03, width * 0.7, 0.05, 0, 0.14, -width * 0.7, 0.05)),
        flat(colours.cheese(scene)),
      )
    y -= kind === 0 ? 0.18 : 0.08
  }
  const top = both(ellipse(width, random.uniform(0.4, 0.55)), (_, y) => y)
  const lid = scene.at({ y: y + 0.05 })
  lid.put(uneven(top, noise(random, 3), 0.02), ink, { round: 0.35, gloss: 0.2, shadow: 0.03 })
  if (chance(random, 0.6)) strewn(lid.at({ y: -0.22 }), 14, width * 0.6, 0.12, seed)
}

export function pizza(scene: Scene): void {
  const { random } = scene
  const size = random.uniform(0.7, 0.92)
  const gap = random.uniform(0.3, 0.7)
  const slice = polygon(points(0, 0, 2, -gap, 2, gap))
  const whole = uneven(disc(size), noise(random, 3), 0.04)
  const shape = chance(random, 0.5) ? without(whole, turned(slice, random.next() * 6)) : whole
  scene.put(shape, crustInk(scene), { round: 0.12, shadow: 0.08 })
  const sauce = both(uneven(disc(size * 0.86), noise(random, 5), 0.03), shape)
  scene.put(sauce, cloudy(random, colours.cheese(scene), colours.tomato(scene), random.uniform(3, 6)))
  toppings(scene, size * 0.6)
}

export function pizzaSlice(scene: Scene): void {
  const { random } = scene
  const width = random.uniform(0.35, 0.55)
  const shape = uneven(polygon(points(-0.8, 0, 0.75, -width, 0.85, 0, 0.75, width)), noise(random, 4), 0.02)
  scene.put(
    shape,
    browned(cloudy(random, colours.cheese(scene), colours.tomato(scene), 4), colours.crust(scene), 0.07),
    { round: 0.04, shadow: 0.07 },
  )
  scene.put(stroke(points(0.75, -width, 0.87, 0, 0.75, width), 0.09), crustInk(scene), { round: 0.09, shadow: 0.02 })
  toppings(scene.at({ x: 0.25, scale: 0.8 }), 0.32)
}

function toppings(scene: Scene, reach: number): void {
  const { random } = scene
  const salami = (part: Scene) =>
    part.put(disc(0.13), speckled(random, flat(colours.tomato(scene)), colours.sausage(scene)), {
      round: 0.03,
      shadow: 0.015,
    })
  const olive = (part: Scene) => part.put(outline(disc(0.05), 0.022), flat([0.15, 0.15, 0.12]), { shadow: 0.01 })
  const basil = (part: Scene) => leaf(part, 0.1)
  for (const topping of [salami, olive, basil])
    if (chance(random, 0.6)) strewn(scene, random.integer(4, 9), reach, reach, topping)
}

export function fries(scene: Scene): void {
  const { random } = scene
  for (let i = random.integer(14, 30); i > 0; i--) {
    const stick = scene.at({ x: random.uniform(-0.42, 0.42), y: random.uniform(-0.5, 0), turn: random.normal() * 0.2 })
    stick.put(
      box(0.05, random.uniform(0.3, 0.5), 0.01),
      flat(times(colours.cheese(scene), random.uniform(0.75, 1.05))),
      { round: 0.03, shadow: 0.03 },
    )
  }
  if (chance(random, 0.7)) {
    const carton = polygon(points(-0.56, -0.1, -0.2, 0.04, 0.2, 0.04, 0.56, -0.1, 0.42, 0.75, -0.42, 0.75))
    scene.put(carton, flat(oneOf(random, [colours.ketchup, colours.crumb, colours.lettuce])(scene)), { shadow: 0.05 })
  }
}

export function taco(scene: Scene): void {
  const { random } = scene
  const shell = both(disc(0.75), (_, y) => y - 0.1)
  for (const [filling, top] of [
    [colours.lettuce, -0.1],
    [colours.tomato, -0.05],
    [colours.patty, 0],
  ] as const)
    scene.at({ y: top }).put(
      uneven(
        both(disc(0.72), (_, y) => y - 0.1),
        noise(random, 7),
        0.08,
      ),
      cloudy(random, filling(scene), times(filling(scene), 0.7), 8),
      { shadow: 0.04 },
    )
  scene
    .at({ y: 0.13 })
    .put(shell, speckled(random, flat(colours.cheese(scene)), colours.crust(scene), 0.12), { round: 0.2, shadow: 0.05 })
}

export function friedEggs(scene: Scene): void {
  const { random } = scene
  for (let i = random.integer(1, 2); i > 0; i--) {
    const egg = scene.at({ x: random.uniform(-0.35, 0.35), y: random.uniform(-0.35, 0.35) })
    egg.put(uneven(disc(0.42), noise(random, 3), 0.14), flat([0.97, 0.96, 0.92]), { round: 0.06, shadow: 0.04 })
    egg.at({ x: 0.05 }).put(disc(0.17), flat([0.95, 0.66, 0.12]), { round: 0.16, gloss: 0.5 })
  }
}

export function spaghetti(scene: Scene): void {
  const { random } = scene
  scene.put(disc(0.85), flat([0.94, 0.93, 0.9]), { round: 0.12, shadow: 0.1 })
  for (let i = 0; i < 34; i++) {
    const [turn, bend, radius] = [random.uniform(0, 6.3), random.uniform(-2, 2), random.uniform(0.1, 0.5)]
    const strand = along(8, (t) => [
      (t - 0.5) * 0.9,
      Math.sin(t * 3 + bend) * radius * 0.5 + random.uniform(-0.02, 0.02),
    ])
    scene
      .at({ turn, x: random.uniform(-0.2, 0.2), y: random.uniform(-0.2, 0.2) })
      .put(stroke(strand, 0.022), flat(times([0.94, 0.82, 0.5], random.uniform(0.8, 1.05))), {
        round: 0.02,
        shadow: 0.02,
      })
  }
  scene.put(uneven(disc(0.3), noise(random, 4), 0.12), cloudy(random, colours.tomato(scene), colours.patty(scene), 8), {
    round: 0.1,
    shadow: 0.03,
  })
  if (chance(random, 0.5)) leaf(scene, 0.14)
  if (chance(random, 0.3)) tomatoSlice(scene.at({ x: moderate(random.normal()), y: 0.3 }), 0.14)
}

const moderate = (value: number): number => Math.tanh(value) * 0.4
