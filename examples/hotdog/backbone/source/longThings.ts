import { chance, times } from '../../../drawing/colour.js'
import { bars, flat, grid, patterned, rings } from '../../../drawing/inks.js'
import type { Scene } from '../../../drawing/Scene.js'
import { along, bent, box, capsule, disc, ellipse, outline, points, polygon, stroke } from '../../../drawing/shapes.js'
import { anyInk, colourOf, darker, part, type SourceClass } from './SourceClass.js'

const every = (count: number, draw: (x: number) => void): void => {
  for (let i = 0; i < count; i++) draw(count === 1 ? 0 : (2 * i) / (count - 1) - 1)
}

function pencil(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene, polygon(points(0.5, -0.13, 0.95, 0, 0.5, 0.13)), [0.9, 0.75, 0.55])
  part(scene, polygon(points(0.82, -0.04, 0.96, 0, 0.82, 0.04)), darker(colour))
  part(scene, box(0.6, 0.13), colour)
  part(scene.at({ x: -0.72 }), box(0.14, 0.13, 0.05))
}
function canoe(scene: Scene): void {
  const [hull, width] = [colourOf(scene), scene.random.uniform(0.25, 0.36)]
  part(scene, ellipse(0.95, width), hull, 0.15)
  scene.put(ellipse(0.82, width * 0.7), flat(darker(hull)))
  every(3, (x) => part(scene.at({ x: x * 0.4 }), box(0.05, width * 0.68), undefined, 0.03))
}
function peaPod(scene: Scene): void {
  const [pod, width] = [colourOf(scene), scene.random.uniform(0.24, 0.34)]
  part(scene, ellipse(0.95, width), pod, 0.2)
  const pea = colourOf(scene)
  const count = scene.random.integer(4, 7)
  every(count, (x) => part(scene.at({ x: x * 0.62 }), disc(width * 0.6), pea, width * 0.6))
}
function caterpillar(scene: Scene): void {
  const [colour, bow] = [colourOf(scene), scene.random.uniform(-0.5, 0.5)]
  every(scene.random.integer(6, 9), (x) => part(scene.at({ x: x * 0.75, y: bow * x * x }), disc(0.19), colour, 0.19))
  scene.at({ x: 0.8, y: bow * 0.56 - 0.05 }).put(disc(0.05), flat([0.05, 0.05, 0.05]))
}
function snake(scene: Scene): void {
  const { random } = scene
  const [swings, height] = [random.uniform(1, 2), random.uniform(0.15, 0.35)]
  const at = (t: number) => [1.7 * t - 0.85, height * Math.sin(t * swings * 6.28)] as const
  scene.put(stroke(along(40, at), 0.1), patterned(colourOf(scene), colourOf(scene), bars(4)), {
    round: 0.1,
    shadow: 0.06,
  })
  const [x, y] = at(1)
  part(scene.at({ x, y }), ellipse(0.18, 0.14))
}
function feather(scene: Scene): void {
  const colour = colourOf(scene)
  scene.put(
    ellipse(0.85, 0.24),
    patterned(colour, times(colour, 0.7), (x, y) => Math.sin((x + Math.abs(y)) * 40)),
    { shadow: 0.05 },
  )
  scene.put(box(0.98, 0.02), flat(darker(colour)))
}
function ladder(scene: Scene): void {
  const colour = colourOf(scene)
  every(scene.random.integer(5, 8), (x) => part(scene.at({ x: x * 0.75 }), box(0.035, 0.26), colour, 0.03))
  for (const y of [-0.26, 0.26]) part(scene.at({ y }), box(0.92, 0.05), colour, 0.04)
}
function railway(scene: Scene): void {
  const sleeper = colourOf(scene)
  every(9, (x) => part(scene.at({ x: x * 0.85 }), box(0.05, 0.38), sleeper, 0.03))
  for (const y of [-0.2, 0.2]) part(scene.at({ y }), box(0.97, 0.03), [0.7, 0.7, 0.72], 0.03)
}
function bone(scene: Scene): void {
  const colour = colourOf(scene)
  for (const [x, y] of [
    [-0.7, -0.13],
    [-0.7, 0.13],
    [0.7, -0.13],
    [0.7, 0.13],
  ] as const)
    part(scene.at({ x, y }), disc(0.17), colour, 0.15)
  part(scene, box(0.7, 0.11), colour)
}
function spoon(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene.at({ x: -0.2 }), capsule(0.7, 0.05), colour)
  part(scene.at({ x: 0.62 }), ellipse(0.33, 0.22), colour)
  scene.at({ x: 0.62 }).put(ellipse(0.24, 0.15), flat(darker(colour)))
}
function knife(scene: Scene): void {
  part(scene, polygon(points(-0.2, -0.12, 0.75, -0.12, 0.95, 0.02, 0.7, 0.12, -0.2, 0.12)), [0.75, 0.76, 0.78])
  part(scene.at({ x: -0.55 }), capsule(0.4, 0.1))
}
function toothbrush(scene: Scene): void {
  const colour = colourOf(scene)
  every(5, (x) => part(scene.at({ x: 0.65 + x * 0.22, y: -0.15 }), box(0.045, 0.13), undefined, 0.03))
  part(scene, capsule(0.95, 0.07), colour)
}
function comb(scene: Scene): void {
  const colour = colourOf(scene)
  every(13, (x) => part(scene.at({ x: x * 0.85, y: 0.15 }), box(0.03, 0.25), colour, 0.02))
  part(scene.at({ y: -0.15 }), box(0.92, 0.13, 0.05), colour)
}
function surfboard(scene: Scene): void {
  scene.put(ellipse(0.95, 0.27), anyInk(scene), { round: 0.1, shadow: 0.08, gloss: 0.3 })
  scene.put(box(0.93, 0.03), flat(colourOf(scene)))
  if (chance(scene.random, 0.5)) part(scene.at({ x: 0.4 }), box(0.06, 0.2), undefined, 0)
}
function zip(scene: Scene): void {
  const [cloth, teeth] = [colourOf(scene), colourOf(scene)]
  part(scene, box(0.95, 0.28, 0.03), cloth, 0.05)
  every(24, (x) => scene.at({ x: x * 0.88 }).put(box(0.02, 0.07), flat(teeth)))
  part(scene.at({ x: scene.random.uniform(-0.6, 0.6) }), box(0.12, 0.12, 0.05), teeth)
}
function log(scene: Scene): void {
  const bark = colourOf(scene)
  scene.put(
    box(0.75, 0.3, 0.05),
    patterned(bark, darker(bark), (_, y) => Math.sin(y * 60)),
    { round: 0.3, shadow: 0.08 },
  )
  scene.at({ x: 0.75 }).put(ellipse(0.15, 0.3), patterned([0.85, 0.68, 0.45], [0.6, 0.42, 0.25], rings(9)))
}
function candle(scene: Scene): void {
  part(scene.at({ x: -0.15 }), box(0.7, 0.16, 0.03), undefined, 0.15)
  scene.at({ x: 0.62 }).put(box(0.08, 0.015), flat([0.1, 0.1, 0.1]))
  scene.at({ x: 0.78 }).put(ellipse(0.17, 0.09), flat([1, 0.75, 0.2]))
}
function submarine(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene.at({ y: -0.3 }), box(0.18, 0.14, 0.05), colour)
  part(scene, capsule(0.9, 0.27), colour, 0.25)
  every(4, (x) => scene.at({ x: x * 0.5 }).put(outline(disc(0.08), 0.025), flat(darker(colour))))
}
function skateboard(scene: Scene): void {
  for (const [x, y] of [
    [-0.55, -0.25],
    [-0.55, 0.25],
    [0.55, -0.25],
    [0.55, 0.25],
  ] as const)
    part(scene.at({ x, y }), box(0.1, 0.07, 0.03), [0.15, 0.15, 0.15])
  scene.put(capsule(0.95, 0.25), anyInk(scene), { round: 0.05, shadow: 0.08 })
}
function rope(scene: Scene): void {
  const { random } = scene
  const colour = colourOf(scene)
  const slant = patterned(colour, darker(colour), (x, y) => Math.sin((x + y) * 26) * 2)
  scene.put(bent(capsule(0.95, random.uniform(0.1, 0.2)), random.uniform(-0.4, 0.4)), slant, {
    round: 0.15,
    shadow: 0.06,
  })
}
function necklace(scene: Scene): void {
  const [bow, colour] = [scene.random.uniform(0.2, 0.9), colourOf(scene)]
  every(scene.random.integer(9, 15), (x) =>
    part(scene.at({ x: x * 0.85, y: bow * x * x - 0.3 }), disc(0.065), colour, 0.06),
  )
}
function tube(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene, polygon(points(-0.75, -0.3, 0.55, -0.2, 0.55, 0.2, -0.75, 0.3)), colour, 0.15)
  part(scene.at({ x: 0.7 }), box(0.16, 0.12, 0.03))
  scene.at({ x: -0.1 }).put(box(0.35, 0.1), flat(colourOf(scene)))
}
function racket(scene: Scene): void {
  scene
    .at({ x: 0.4 })
    .put(ellipse(0.5, 0.36), patterned([0.9, 0.9, 0.85], colourOf(scene), grid(6, 0.35)), { shadow: 0.05 })
  part(scene.at({ x: 0.4 }), outline(ellipse(0.5, 0.36), 0.05))
  part(scene.at({ x: -0.5 }), capsule(0.42, 0.06))
}

/** Long things, which differ in what is inside them and at their ends. None of them is food. */
export const longThings: readonly SourceClass[] = Object.entries({
  pencil,
  canoe,
  peaPod,
  caterpillar,
  snake,
  feather,
  ladder,
  railway,
  bone,
  spoon,
  knife,
  toothbrush,
  comb,
  surfboard,
  zip,
  log,
  candle,
  submarine,
  skateboard,
  rope,
  necklace,
  tube,
  racket,
}).map(([name, draw]) => ({ name, draw }))
