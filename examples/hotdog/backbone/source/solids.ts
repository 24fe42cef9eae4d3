import type { Scene } from '../../../drawing/Scene.js'
import {
  along,
  bent,
  box,
  capsule,
  corners,
  disc,
  moved,
  outline,
  points,
  polygon,
  type Shape,
  stroke,
  union,
  without,
} from '../../../drawing/shapes.js'
import { anyInk, anyLook, type SourceClass } from './SourceClass.js'

const gear: Shape = (x, y) => Math.hypot(x, y) - 0.7 - 0.1 * Math.tanh(4 * Math.sin(9 * Math.atan2(y, x)))

/** Outlines: the class is the shape, whatever it wears. */
const shapes: Readonly<Record<string, (scene: Scene) => Shape>> = {
  triangle: () => polygon(corners(3, 0.9)),
  square: () => box(0.65, 0.65, 0.03),
  star: ({ random }) => polygon(corners(5, 0.9, random.uniform(0.35, 0.5))),
  cross: () => union(box(0.8, 0.22), box(0.22, 0.8)),
  crescent: () => without(disc(0.8), moved(disc(0.7), 0.35, 0)),
  ring: ({ random }) => outline(disc(0.6), random.uniform(0.1, 0.22)),
  frame: ({ random }) => outline(box(0.65, 0.55, 0.05), random.uniform(0.06, 0.14)),
  arrow: () => union(box(0.6, 0.12), polygon(points(0.3, -0.42, 0.95, 0, 0.3, 0.42))),
  bar: ({ random }) => box(0.9, random.uniform(0.12, 0.3)),
  pill: ({ random }) => capsule(0.9, random.uniform(0.18, 0.38)),
  bow: ({ random }) => bent(capsule(0.85, random.uniform(0.12, 0.22)), random.uniform(0.45, 0.8)),
  wave: ({ random }) =>
    stroke(
      along(40, (t) => [2 * t - 1, 0.25 * Math.sin(t * 14)]),
      random.uniform(0.06, 0.12),
    ),
  spiral: () =>
    stroke(
      along(60, (t) => [0.85 * t * Math.cos(t * 16), 0.85 * t * Math.sin(t * 16)]),
      0.06,
    ),
  gear: () => without(gear, disc(0.25)),
}

export const solids: readonly SourceClass[] = Object.entries(shapes).map(([name, shape]) => ({
  name,
  draw: (scene) => scene.put(shape(scene), anyInk(scene), anyLook(scene)),
}))
