import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { byChance } from './byChance.js'
import { type Color, colorOf, type Fill, fill, type Interpolation, interpolation, probability } from './options.js'
import { heightOf, type RgbImage, widthOf } from './rgbImage.js'
import type { Transform } from './transform.js'
import { type Place, warp } from './warp.js'

const schema = z.strictObject({
  distortionScale: z.number().min(0).max(1).default(0.5),
  p: probability.default(0.5),
  interpolation: interpolation.default('bilinear'),
  fill,
})

/**
 * Views an image from a random side, with probability p: each corner moves towards the middle. torchvision:
 * `v2.RandomPerspective`.
 * @param options.distortionScale how far a corner moves at most: 1 as far as the middle. Default 0.5
 * @param options.p from 0 to 1. Default 0.5
 * @param options.interpolation 'nearest' or 'bilinear'. Default 'bilinear'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @throws FineTuneError 'options/invalid'
 */
export function randomPerspective(
  options: {
    distortionScale?: number | undefined
    p?: number | undefined
    interpolation?: Interpolation | undefined
    fill?: Fill | undefined
  } = {},
): Transform<RgbImage, RgbImage> {
  const checked = checkOptions(schema, options, 'randomPerspective')
  const color = colorOf(checked.fill)
  return byChance('randomPerspective', checked, (image, random) => {
    const corners = drawCorners(heightOf(image), widthOf(image), checked.distortionScale, random)
    return perspective(image, corners, checked.interpolation, color)
  })
}

type Point = readonly [x: number, y: number]
/** Corners of an image in pixels: top left, top right, bottom right, bottom left. */
export type Corners = readonly [Point, Point, Point, Point]

/** Draws the places that the corners move to. */
export function drawCorners(height: number, width: number, scale: number, random: Random): Corners {
  const [right, bottom] = [width - 1, height - 1]
  const [mostX, mostY] = [Math.trunc(scale * Math.floor(width / 2)), Math.trunc(scale * Math.floor(height / 2))]
  const inX = () => random.integer(0, mostX)
  const inY = () => random.integer(0, mostY)
  return [
    [inX(), inY()],
    [right - inX(), inY()],
    [right - inX(), bottom - inY()],
    [inX(), bottom - inY()],
  ]
}

/** Moves the corners of an image. torchvision: `v2.functional.perspective`. */
export function perspective(image: RgbImage, corners: Corners, interpolation: Interpolation, fill: Color): RgbImage {
  const [right, bottom] = [widthOf(image) - 1, heightOf(image) - 1]
  const from: Corners = [
    [0, 0],
    [right, 0],
    [right, bottom],
    [0, bottom],
  ]
  const [a, b, c, d, e, f, g, h] = coefficients(corners, from)
  const place: Place = (x, y, at) => {
    const depth = g * x + h * y + 1
    at[0] = (a * x + b * y + c) / depth
    at[1] = (d * x + e * y + f) / depth
  }
  return warp(image, place, interpolation, fill)
}

type Eight = [number, number, number, number, number, number, number, number]

/** Solves for the projective map that takes four points to four others; in float32, as torchvision rounds it. */
function coefficients(points: Corners, images: Corners): Eight {
  const rows = points.flatMap(([x, y], i) => {
    const [u, v] = images[i]!
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ]
  })
  return solve(rows).map(Math.fround) as Eight
}

/** Solves linear equations, each row's last number its right side, by elimination with pivots. */
function solve(rows: number[][]): number[] {
  const size = rows.length
  for (let column = 0; column < size; column++) {
    const rest = rows.slice(column)
    const pivot = rest.reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best))
    rows[rows.indexOf(pivot)] = rows[column]!
    rows[column] = pivot
    for (const row of rows) {
      if (row === pivot) continue
      const factor = row[column]! / pivot[column]!
      for (let k = column; k <= size; k++) row[k] = row[k]! - factor * pivot[k]!
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!)
}
