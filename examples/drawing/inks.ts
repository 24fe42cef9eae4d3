import type { Random } from 'onnx-finetune'
import { type Colour, clamp, mix, times } from './colour.js'
import { noise } from './noise.js'
import type { Shape } from './shapes.js'

/** Returns the colour at a point; `depth` says how far inside the shape it is. */
export type Ink = (x: number, y: number, depth: number) => Colour

export const flat =
  (colour: Colour): Ink =>
  () =>
    colour

/** Mixes two inks, the second where the pattern (0 to 1) is high. */
export const patterned =
  (ground: Colour, figure: Colour, pattern: Shape): Ink =>
  (x, y) =>
    mix(ground, figure, clamp(pattern(x, y)))

/** Makes a cloudy ink: bread, meat, stone. */
export function cloudy(random: Random, a: Colour, b: Colour, scale = 4, octaves = 3): Ink {
  const clouds = noise(random, scale, octaves)
  return patterned(a, b, (x, y) => (clouds(x, y) - 0.5) * 2 + 0.5)
}

/** Makes an ink with grain along x: wood. */
export function grained(random: Random, a: Colour, b: Colour, scale = 2): Ink {
  const grain = noise(random, scale, 3, 9)
  return patterned(a, b, (x, y) => (grain(x, y) - 0.5) * 2.2 + 0.5)
}

/** Makes an ink with dark specks: salt and pepper, crumbs, seeds. `share` of the surface has them. */
export function speckled(random: Random, ink: Ink, speck: Colour, share = 0.15, scale = 14): Ink {
  const specks = noise(random, scale, 1)
  return (x, y, depth) => (specks(x, y) < share * 2.2 ? speck : ink(x, y, depth))
}

/** Makes a toasted ink: darker towards the edge. */
export const browned =
  (ink: Ink, crust: Colour, width: number): Ink =>
  (x, y, depth) =>
    mix(crust, ink(x, y, depth), clamp(depth / width))

export const dimmed =
  (ink: Ink, factor: number): Ink =>
  (x, y, depth) =>
    times(ink(x, y, depth), factor)

/** Makes bars across x, `count` to a unit. */
export const bars =
  (count: number): Shape =>
  (x) =>
    edge(Math.sin(x * count * Math.PI))
export const waves =
  (count: number, height: number): Shape =>
  (x, y) =>
    edge(Math.sin((y + Math.sin(x * count * 2) * height) * count * Math.PI))
export const checks =
  (count: number): Shape =>
  (x, y) =>
    edge(Math.sin(x * count * Math.PI) * Math.sin(y * count * Math.PI) * 3)
export const grid =
  (count: number, line = 0.2): Shape =>
  (x, y) =>
    Math.max(edge(Math.cos(2 * Math.PI * x * count) - 1 + line), edge(Math.cos(2 * Math.PI * y * count) - 1 + line))
export const dots =
  (count: number, radius = 0.3): Shape =>
  (x, y) =>
    edge(4 * (radius - Math.hypot(fraction(x * count) - 0.5, fraction(y * count) - 0.5)))
export const rings =
  (count: number): Shape =>
  (x, y) =>
    edge(Math.sin(Math.hypot(x, y) * count * Math.PI * 2))
export const bricks =
  (count: number): Shape =>
  (x, y) => {
    const row = Math.floor(y * count)
    const [u, v] = [fraction((x * count) / 2 + (row & 1) / 2), fraction(y * count)]
    return edge(12 * (0.09 - Math.min(u * 2, 2 - u * 2, v, 1 - v)))
  }

/** Maps -1..1 to 0..1, steep around 0. */
const edge = (value: number): number => clamp(value * 3 + 0.5)
const fraction = (value: number): number => value - Math.floor(value)
