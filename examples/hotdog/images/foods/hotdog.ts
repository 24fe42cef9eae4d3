import { chance, oneOf, times } from '../../../drawing/colour.js'
import { checks, cloudy, flat, patterned } from '../../../drawing/inks.js'
import { noise } from '../../../drawing/noise.js'
import type { Scene } from '../../../drawing/Scene.js'
import { bent, both, box, capsule, moved, type Shape, uneven } from '../../../drawing/shapes.js'
import * as colours from './colours.js'
import { crustInk, cube, onionRing, sauce, sausage, seed, strewn } from './parts.js'

/** The properties that all parts of one hot dog share. */
interface Build {
  /** Half of the bun's length and width. */
  readonly length: number
  readonly width: number
  readonly sausageLength: number
  readonly sausageWidth: number
  readonly curvature: number
}

/** Draws a sausage in a split bun: from above, at a slant or from the side, with toppings. */
export function hotdog(scene: Scene): void {
  const { random } = scene
  const [length, width] = [random.uniform(0.66, 0.92), random.uniform(0.26, 0.42)]
  const build: Build = {
    length,
    width,
    sausageLength: length * random.uniform(0.9, 1.2),
    sausageWidth: width * random.uniform(0.38, 0.55),
    curvature: random.uniform(-0.2, 0.2),
  }
  if (chance(random, 0.2)) paperTray(scene, build)
  oneOf(random, [fromAbove, fromAbove, atASlant, fromTheSide])(scene, build)
}

function fromAbove(scene: Scene, build: Build): void {
  const { length, width, sausageWidth, curvature } = build
  scene.put(bun(build), crustInk(scene), { round: width * 0.8, shadow: 0.09 })
  const slit = bent(capsule(length * 0.99, sausageWidth * 1.3), curvature)
  scene.put(slit, cloudy(scene.random, colours.crumb(scene), times(colours.crumb(scene), 0.75), 6))
  greens(scene, build, sausageWidth * 1.4)
  dressed(scene, build)
}

/** Draws a view in which the nearer half of the bun hides the lower part of the sausage. */
function atASlant(scene: Scene, build: Build): void {
  const { width, sausageWidth, curvature } = build
  const ink = crustInk(scene)
  scene.put(bun(build), ink, { round: width * 0.7, shadow: 0.09 })
  greens(scene, build, sausageWidth * 1.2)
  dressed(scene, build)
  const nearer: Shape = bent((_, y) => sausageWidth * 0.4 - y, curvature)
  scene.put(both(bun(build), nearer), ink, { round: width * 0.35, shadow: 0.03 })
}

/** Draws a bun behind, a sausage, a bun before. */
function fromTheSide(scene: Scene, build: Build): void {
  const { length, width, sausageWidth, curvature } = build
  const ink = crustInk(scene)
  const half = bent(capsule(length, width * 0.62), curvature)
  scene.put(moved(half, 0, -width * 0.3), ink, { round: width * 0.5, shadow: 0.06 })
  greens(scene.at({ y: -width * 0.2 }), build, sausageWidth * 1.3)
  dressed(scene.at({ y: -width * 0.15 }), build)
  scene.put(moved(half, 0, width * 0.5), ink, { round: width * 0.6, shadow: 0.04 })
}

const bun = ({ length, width, curvature }: Build): Shape => bent(box(length, width, width * 0.9), curvature)

function greens(scene: Scene, { length, curvature }: Build, width: number): void {
  const { random } = scene
  if (!chance(random, 0.25)) return
  const green = colours.lettuce(scene)
  const bed = uneven(bent(capsule(length * 0.95, width), curvature), noise(random, 9), 0.06)
  scene.put(bed, cloudy(random, green, times(green, 0.7), 10), { round: 0.05, shadow: 0.02 })
}

/** Draws the sausage with its toppings. */
function dressed(scene: Scene, { length, sausageLength, sausageWidth, curvature }: Build): void {
  const { random } = scene
  sausage(scene, sausageLength, sausageWidth, curvature)
  const reach = Math.min(length, sausageLength) * random.uniform(0.65, 0.92)
  if (chance(random, 0.6))
    sauce(scene, reach, sausageWidth * random.uniform(0.3, 0.8), colours.mustard(scene), curvature)
  if (chance(random, 0.35))
    sauce(scene, reach, sausageWidth * random.uniform(0.3, 0.8), colours.ketchup(scene), curvature)
  if (chance(random, 0.25))
    strewn(scene, random.integer(5, 18), reach, sausageWidth * 0.8, oneOf(random, [cube, onionRing, seed]))
}

function paperTray(scene: Scene, { length, width }: Build): void {
  const { random } = scene
  const paper = chance(random, 0.5)
    ? patterned([0.95, 0.94, 0.9], colours.ketchup(scene), checks(6))
    : flat([0.93, 0.92, 0.88])
  scene.put(box(length * 1.1, width * 1.5, 0.04), paper, { round: 0.1, shadow: 0.08 })
}
