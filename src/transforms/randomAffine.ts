import * as z from 'zod'
import { checkOptions } from '../options.js'
import type { Random } from '../random.js'
import { radians } from './angles.js'
import { colorOf, type Fill, fill, type Interpolation, interpolation, positiveRange, type Range } from './options.js'
import { heightOf, type RgbImage, widthOf } from './rgbImage.js'
import { roundHalfEven } from './round.js'
import { builtIn, type Transform } from './transform.js'
import { type Matrix, warpAffine } from './warp.js'

const ordered = z
  .tuple([z.number(), z.number()])
  .refine(([min, max]) => min <= max, '[min, max] with min <= max')
  .readonly()
const angle = z.union([z.number().min(0), ordered], { error: 'a number from 0 up or [min, max]' })
const share = z.number().min(0).max(1)
/** A shear of 90 degrees would be infinite. */
const slant = z.number().gt(-90).lt(90)
const shears = z.union(
  [slant.min(0), z.tuple([slant, slant]).readonly(), z.tuple([slant, slant, slant, slant]).readonly()],
  { error: 'a number of degrees, [min, max] or [minX, maxX, minY, maxY], within 90' },
)
const schema = z.strictObject({
  degrees: angle,
  translate: z.tuple([share, share], { error: '[across, down], each from 0 to 1' }).readonly().optional(),
  scale: positiveRange.optional(),
  shear: shears.optional(),
  interpolation: interpolation.default('nearest'),
  fill,
  center: z.tuple([z.number(), z.number()], { error: '[x, y] in pixels' }).readonly().optional(),
})
type Shear = number | Range | readonly [minX: number, maxX: number, minY: number, maxY: number]

/**
 * Rotates, moves, scales and shears an image at random; its size is kept. torchvision: `v2.RandomAffine`.
 * @param degrees rotation, clockwise: a number x: uniform in [-x, x]; or [min, max]
 * @param options.translate the largest shifts as shares of width and height: whole pixels, uniform. Default: none
 * @param options.scale factor, uniform in [min, max]. Default: none
 * @param options.shear degrees: a number x: along the x axis, uniform in [-x, x]; or [min, max] along the x axis; or
 *   [minX, maxX, minY, maxY]. Default: none
 * @param options.interpolation 'nearest' or 'bilinear'. Default 'nearest'
 * @param options.fill byte or [red, green, blue] of the pixels from outside. Default 0
 * @param options.center the fixed point [x, y] in pixels. Default: the middle
 * @throws FineTuneError 'options/invalid'
 */
export function randomAffine(
  degrees: number | Range,
  options: {
    translate?: readonly [across: number, down: number] | undefined
    scale?: Range | undefined
    shear?: Shear | undefined
    interpolation?: Interpolation | undefined
    fill?: Fill | undefined
    center?: readonly [x: number, y: number] | undefined
  } = {},
): Transform<RgbImage, RgbImage> {
  const checked = {
    ...checkOptions(schema.pick({ degrees: true }), { degrees }, 'randomAffine'),
    ...checkOptions(schema.omit({ degrees: true }), options, 'randomAffine'),
  }
  const color = colorOf(checked.fill)
  return builtIn({
    name: 'randomAffine',
    options: checked,
    apply(image, random) {
      const move = drawMove(heightOf(image), widthOf(image), checked, random)
      return affine(image, { ...move, center: checked.center }, checked.interpolation, color)
    },
  })
}

/** A move of an image: angles in degrees, the shift in pixels. */
export interface Move {
  readonly angle?: number
  readonly translate?: readonly [x: number, y: number]
  readonly scale?: number
  readonly shear?: readonly [x: number, y: number]
  /** The point that rotation, scale and shear leave where it is. Default: the middle. */
  readonly center?: readonly [x: number, y: number] | undefined
}

/** Draws a move as `RandomAffine.make_params`. */
export function drawMove(
  height: number,
  width: number,
  { degrees, translate, scale, shear }: Omit<z.output<typeof schema>, 'fill'>,
  random: Random,
): Move {
  const around = (most: number | Range) =>
    typeof most === 'number' ? random.uniform(-most, most) : random.uniform(most[0], most[1])
  const shift = (most: number) => roundHalfEven(random.uniform(-most, most))
  const [minX, maxX, minY = 0, maxY = 0] = typeof shear === 'number' ? [-shear, shear] : (shear ?? [0, 0])
  return {
    angle: around(degrees),
    translate: translate ? [shift(translate[0] * width), shift(translate[1] * height)] : [0, 0],
    scale: scale ? around(scale) : 1,
    shear: [around([minX, maxX]), around([minY, maxY])],
  }
}

/** Moves an image. torchvision: `v2.functional.affine`. */
export function affine(
  image: RgbImage,
  move: Move,
  interpolation: Interpolation,
  fill: readonly [number, number, number],
) {
  const middle = [widthOf(image) * 0.5, heightOf(image) * 0.5] as const
  return warpAffine(image, inverseOf(move, move.center ?? middle), interpolation, fill)
}

/** Returns the map from a position after the move to the one before it. */
function inverseOf(
  { angle = 0, translate = [0, 0], scale = 1, shear = [0, 0] }: Move,
  center: readonly [number, number],
): Matrix {
  const [turn, slantX, slantY] = [radians(angle), radians(shear[0]), radians(shear[1])]
  // The move without its scale, whose determinant is 1.
  const a = Math.cos(turn - slantY) / Math.cos(slantY)
  const b = -(a * Math.tan(slantX) + Math.sin(turn))
  const c = Math.sin(turn - slantY) / Math.cos(slantY)
  const d = Math.cos(turn) - c * Math.tan(slantX)
  const [xx, xy, yx, yy] = [d / scale, -b / scale, -c / scale, a / scale]
  const [x, y] = [center[0] + translate[0], center[1] + translate[1]]
  return [xx, xy, center[0] - xx * x - xy * y, yx, yy, center[1] - yx * x - yy * y]
}
