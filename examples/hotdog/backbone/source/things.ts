import { chance } from '../../../drawing/colour.js'
import { cloudy, flat, patterned, rings } from '../../../drawing/inks.js'
import { noise } from '../../../drawing/noise.js'
import type { Scene } from '../../../drawing/Scene.js'
import {
  both,
  box,
  capsule,
  disc,
  ellipse,
  moved,
  outline,
  points,
  polygon,
  stroke,
  uneven,
} from '../../../drawing/shapes.js'
import { anyInk, colourOf, darker, part, type SourceClass } from './SourceClass.js'

const around = (count: number, reach: number, draw: (place: { x: number; y: number; turn: number }) => void): void => {
  for (let i = 0; i < count; i++) {
    const turn = (i / count) * 2 * Math.PI
    draw({ x: Math.cos(turn) * reach, y: Math.sin(turn) * reach, turn })
  }
}
const BLACK = flat([0.06, 0.06, 0.07])

function fish(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene, polygon(points(-0.5, 0, -0.95, -0.35, -0.85, 0, -0.95, 0.35)), darker(colour))
  scene.put(ellipse(0.65, 0.36), anyInk(scene), { round: 0.3, shadow: 0.06 })
  scene.at({ x: 0.42, y: -0.08 }).put(disc(0.06), BLACK)
}
function daisy(scene: Scene): void {
  const petal = colourOf(scene)
  around(scene.random.integer(6, 11), 0.5, (place) => part(scene.at(place), ellipse(0.36, 0.14), petal))
  part(scene, disc(0.24), undefined, 0.2)
}
function tree(scene: Scene): void {
  part(scene.at({ y: 0.6 }), box(0.1, 0.35), [0.4, 0.27, 0.16])
  const green = colourOf(scene)
  scene
    .at({ y: -0.2 })
    .put(uneven(disc(0.55), noise(scene.random, 5), 0.15), cloudy(scene.random, green, darker(green), 7), {
      round: 0.4,
      shadow: 0.06,
    })
}
function house(scene: Scene): void {
  part(scene.at({ y: 0.3 }), box(0.55, 0.45), undefined, 0.02)
  part(scene.at({ y: -0.15 }), polygon(points(-0.72, 0.05, 0, -0.65, 0.72, 0.05)), undefined, 0.02)
  for (const x of [-0.25, 0.25]) scene.at({ x, y: 0.2 }).put(box(0.12, 0.12), flat(colourOf(scene)))
  scene.at({ y: 0.58 }).put(box(0.1, 0.17), BLACK)
}
function car(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene.at({ y: -0.25 }), polygon(points(-0.5, 0.15, -0.3, -0.2, 0.3, -0.2, 0.5, 0.15)), [0.6, 0.75, 0.85])
  part(scene.at({ y: 0.05 }), box(0.85, 0.2, 0.1), colour)
  for (const x of [-0.45, 0.45]) {
    part(scene.at({ x, y: 0.27 }), disc(0.19), [0.1, 0.1, 0.1])
    scene.at({ x, y: 0.27 }).put(disc(0.08), flat([0.7, 0.7, 0.7]))
  }
}
function mushroom(scene: Scene): void {
  part(scene.at({ y: 0.35 }), box(0.15, 0.42, 0.08), [0.93, 0.9, 0.82])
  const cap = both(ellipse(0.7, 0.6), (_, y) => y - 0.05)
  part(scene, cap, undefined, 0.35)
  for (const [x, y] of [
    [-0.35, -0.15],
    [0.05, -0.35],
    [0.35, -0.1],
  ] as const)
    scene.at({ x, y }).put(disc(0.09), flat([0.95, 0.93, 0.88]))
}
function cup(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene.at({ x: 0.6 }), outline(disc(0.25), 0.06), colour)
  part(scene, polygon(points(-0.5, -0.55, 0.5, -0.55, 0.4, 0.6, -0.4, 0.6)), colour, 0.2)
  scene.at({ y: -0.55 }).put(ellipse(0.5, 0.13), flat(darker(colour)))
}
function eye(scene: Scene): void {
  part(scene, both(moved(disc(1), 0, 0.62), moved(disc(1), 0, -0.62)), [0.95, 0.95, 0.93])
  scene.put(disc(0.32), patterned(colourOf(scene), colourOf(scene), rings(4)))
  scene.put(disc(0.14), BLACK)
}
function face(scene: Scene): void {
  part(scene, disc(0.8), undefined, 0.3)
  for (const x of [-0.28, 0.28]) scene.at({ x, y: -0.2 }).put(disc(0.1), BLACK)
  const sad = chance(scene.random, 0.5) ? 1 : -1
  scene.at({ y: 0.3 }).put(stroke(points(-0.35, -0.1 * sad, 0, 0.1 * sad, 0.35, -0.1 * sad), 0.05), BLACK)
}
function umbrella(scene: Scene): void {
  scene.put(stroke(points(0, -0.5, 0, 0.75, 0.15, 0.85, 0.25, 0.7), 0.035), BLACK)
  const ink = patterned(colourOf(scene), colourOf(scene), (x, y) => Math.sin(Math.atan2(y - 0.1, x) * 10) * 3)
  scene.put(
    both(disc(0.85), (_, y) => y),
    ink,
    { shadow: 0.05 },
  )
}
function butterfly(scene: Scene): void {
  for (const side of [-1, 1]) {
    scene.at({ x: side * 0.42, y: -0.25, turn: side * -0.6 }).put(ellipse(0.45, 0.3), anyInk(scene), { shadow: 0.05 })
    part(scene.at({ x: side * 0.32, y: 0.32, turn: side * 0.7 }), ellipse(0.33, 0.2))
  }
  scene.put(ellipse(0.07, 0.6), BLACK)
}
function snail(scene: Scene): void {
  part(scene.at({ x: 0.1, y: 0.42 }), capsule(0.8, 0.13), undefined, 0.12)
  scene
    .at({ x: -0.1 })
    .put(disc(0.48), patterned(colourOf(scene), colourOf(scene), rings(3)), { round: 0.3, shadow: 0.05 })
  for (const x of [0.72, 0.85]) scene.at({ x, y: 0.15 }).put(box(0.02, 0.2), BLACK)
}
function cherries(scene: Scene): void {
  const colour = colourOf(scene)
  scene.put(stroke(points(-0.4, 0.3, 0.05, -0.8, 0.4, 0.35), 0.03), flat([0.3, 0.4, 0.15]))
  for (const [x, y] of [
    [-0.4, 0.4],
    [0.4, 0.5],
  ] as const)
    part(scene.at({ x, y }), disc(0.33), colour, 0.3)
}
function grapes(scene: Scene): void {
  const colour = colourOf(scene)
  for (let row = 0; row < 4; row++)
    for (let i = 0; i <= row; i++)
      part(scene.at({ x: (i - row / 2) * 0.38, y: 0.6 - row * 0.33 }), disc(0.21), colour, 0.2)
}
function iceCream(scene: Scene): void {
  part(scene.at({ y: 0.4 }), polygon(points(-0.35, -0.4, 0.35, -0.4, 0, 0.55)), [0.85, 0.65, 0.35])
  part(scene.at({ y: -0.25 }), disc(0.42), undefined, 0.35)
}
function lollipop(scene: Scene): void {
  part(scene.at({ y: 0.5 }), box(0.04, 0.48), [0.95, 0.95, 0.92])
  const swirl = (x: number, y: number) => Math.sin(Math.atan2(y, x) * 2 + Math.hypot(x, y) * 16) * 3
  scene
    .at({ y: -0.3 })
    .put(disc(0.5), patterned(colourOf(scene), colourOf(scene), swirl), { round: 0.15, gloss: 0.4, shadow: 0.06 })
}
function envelope(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene, box(0.8, 0.52, 0.02), colour, 0.02)
  scene.put(stroke(points(-0.8, -0.5, 0, 0.1, 0.8, -0.5), 0.03), flat(darker(colour)))
}
function book(scene: Scene): void {
  for (const side of [-1, 1]) {
    part(scene.at({ x: side * 0.42, turn: side * 0.05 }), box(0.42, 0.58), [0.95, 0.93, 0.88], 0.1)
    for (let y = -0.4; y <= 0.4; y += 0.16) scene.at({ x: side * 0.42, y }).put(box(0.3, 0.02), flat([0.4, 0.4, 0.4]))
  }
}
function clock(scene: Scene): void {
  part(scene, disc(0.85), undefined, 0.15)
  scene.put(disc(0.72), flat([0.96, 0.96, 0.94]))
  around(12, 0.6, (place) => scene.at(place).put(box(0.06, 0.02), BLACK))
  for (const length of [0.32, 0.5])
    scene.at({ turn: scene.random.uniform(0, 6.3) }).put(moved(box(length / 2, 0.03), length / 2, 0), BLACK)
}
function button(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene, disc(0.8), colour, 0.2)
  scene.put(outline(disc(0.58), 0.03), flat(darker(colour)))
  around(4, 0.22, ({ x, y }) => scene.at({ x, y }).put(disc(0.09), BLACK))
}
function wheel(scene: Scene): void {
  around(scene.random.integer(6, 12), 0.4, (place) => part(scene.at(place), box(0.38, 0.025), [0.7, 0.7, 0.7], 0.02))
  part(scene, outline(disc(0.78), 0.12), undefined, 0.12)
  part(scene, disc(0.14))
}
function key(scene: Scene): void {
  const colour = colourOf(scene)
  part(scene.at({ x: -0.6 }), outline(disc(0.25), 0.08), colour)
  part(scene.at({ x: 0.3 }), box(0.62, 0.06), colour)
  for (const x of [0.6, 0.8]) part(scene.at({ x, y: 0.15 }), box(0.05, 0.13), colour)
}
function sock(scene: Scene): void {
  scene.put(stroke(points(-0.2, -0.75, -0.2, 0.35, 0.5, 0.5), 0.25), anyInk(scene), { round: 0.15, shadow: 0.05 })
  part(scene.at({ x: -0.2, y: -0.85 }), box(0.28, 0.1, 0.03))
}
function cube(scene: Scene): void {
  const colour = colourOf(scene)
  scene.put(polygon(points(0, 0, -0.7, -0.4, -0.7, 0.4, 0, 0.8)), flat(colour), { shadow: 0.06 })
  scene.put(polygon(points(0, 0, 0.7, -0.4, 0.7, 0.4, 0, 0.8)), flat(darker(colour)))
  scene.put(
    polygon(points(0, 0, -0.7, -0.4, 0, -0.8, 0.7, -0.4)),
    flat(colour.map((c) => Math.min(c * 1.3, 1)) as unknown as typeof colour),
  )
}

/** Things of everyday life, none of them long and brown. */
export const things: readonly SourceClass[] = Object.entries({
  fish,
  daisy,
  tree,
  house,
  car,
  mushroom,
  cup,
  eye,
  face,
  umbrella,
  butterfly,
  snail,
  cherries,
  grapes,
  iceCream,
  lollipop,
  envelope,
  book,
  clock,
  button,
  wheel,
  key,
  sock,
  cube,
}).map(([name, draw]) => ({ name, draw }))
