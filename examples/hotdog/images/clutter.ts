import { anyColour, chance, oneOf } from '../../drawing/colour.js'
import { flat } from '../../drawing/inks.js'
import type { Scene } from '../../drawing/Scene.js'
import { box, capsule, disc, ellipse, outline, points, stroke } from '../../drawing/shapes.js'
import * as colours from './foods/colours.js'
import { cucumberSlice, leaf, tomatoSlice } from './foods/parts.js'

type Thing = (scene: Scene) => void

const glass: Thing = (scene) => {
  scene.put(disc(0.36), flat(anyColour(scene.random, 0.5)), { round: 0.1, shadow: 0.15 })
  scene.put(disc(0.29), flat(anyColour(scene.random, 0.9)), { gloss: 0.5, round: 0.05 })
}
const fork: Thing = (scene) => {
  const steel = flat([0.75, 0.76, 0.78])
  scene.put(capsule(0.6, 0.045), steel, { round: 0.04, gloss: 0.6, shadow: 0.05 })
  for (const y of [-0.1, 0, 0.1])
    scene.at({ x: 0.75, y }).put(capsule(0.2, 0.025), steel, { round: 0.02, shadow: 0.05 })
}
const bottle: Thing = (scene) => {
  const sauce = flat(oneOf(scene.random, [colours.ketchup, colours.mustard, colours.lettuce])(scene))
  scene.put(box(0.5, 0.2, 0.08), sauce, { round: 0.18, gloss: 0.5, shadow: 0.1 })
  scene.at({ x: 0.62 }).put(capsule(0.16, 0.06), flat([0.95, 0.95, 0.95]), { round: 0.05, shadow: 0.08 })
}
const bowl: Thing = (scene) => {
  scene.put(disc(0.34), flat(anyColour(scene.random, 0.4)), { round: 0.12, shadow: 0.12 })
  scene.put(disc(0.26), flat(oneOf(scene.random, [colours.ketchup, colours.mustard, colours.crumb])(scene)), {
    round: 0.05,
  })
}
const napkin: Thing = (scene) => scene.put(box(0.45, 0.4, 0.02), flat(anyColour(scene.random, 0.5)), { shadow: 0.04 })
const greens: Thing = (scene) => leaf(scene, 0.4)
const slices: Thing = (scene) => oneOf(scene.random, [tomatoSlice, cucumberSlice])(scene, 0.25)
const cable: Thing = (scene) =>
  scene.put(stroke(points(-1, 0, -0.2, 0.3, 0.4, -0.2, 1, 0.2), 0.025), flat(anyColour(scene.random, 0.3)), {
    shadow: 0.03,
  })
const coin: Thing = (scene) =>
  scene.put(outline(disc(0.12), 0.03), flat([0.8, 0.65, 0.3]), { round: 0.03, shadow: 0.04 })

const things: readonly Thing[] = [glass, fork, bottle, bowl, napkin, greens, slices, cable, coin]

/** Draws things at the rim of the image, behind the food. */
export function clutter(scene: Scene): void {
  const { random } = scene
  for (let count = random.integer(0, 4); count > 0; count--) {
    const [angle, distance] = [random.uniform(0, 6.3), random.uniform(0.8, 1.3)]
    const place = { x: Math.cos(angle) * distance, y: Math.sin(angle) * distance }
    oneOf(random, things)(scene.at({ ...place, turn: random.uniform(0, 6.3), scale: random.uniform(0.7, 1.2) }))
  }
}

/** Sometimes hides a part of the food: by a finger, a fork, the edge of a napkin. */
export function inFront(scene: Scene): void {
  const { random } = scene
  if (!chance(random, 0.25)) return
  const angle = random.uniform(0, 6.3)
  const from = random.uniform(0.6, 0.95)
  const place = scene.at({ x: Math.cos(angle) * from, y: Math.sin(angle) * from, turn: angle })
  oneOf(random, [finger, fork, slices, greens])(place)
}

const finger: Thing = (scene) => {
  const skin = oneOf(scene.random, [
    [0.93, 0.74, 0.62],
    [0.6, 0.42, 0.31],
    [0.36, 0.24, 0.18],
  ] as const)
  for (const y of [-0.14, 0.14])
    scene.at({ x: 0.3, y }).put(capsule(0.5, 0.13), flat(skin), { round: 0.13, shadow: 0.06 })
  scene.at({ x: -0.1, y: 0.14 }).put(ellipse(0.06, 0.07), flat([0.95, 0.82, 0.78]))
}
