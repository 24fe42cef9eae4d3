import * as z from 'zod'

/** The schemas that several transforms share. */
export const positiveInteger = z.number().int().positive()

export const size = z.union([positiveInteger, z.tuple([positiveInteger, positiveInteger]).readonly()], {
  error: 'a positive integer or [height, width]',
})
/** A side in pixels, or [height, width]. */
export type Size = number | readonly [height: number, width: number]

/** Returns [height, width] of a square or a rectangle. */
export const sides = (size: Size): readonly [height: number, width: number] =>
  typeof size === 'number' ? [size, size] : size

export type Range = readonly [min: number, max: number]
export const positiveRange = z
  .tuple([z.number().positive(), z.number().positive()], { error: '[min, max] with 0 < min <= max' })
  .refine(([min, max]) => min <= max, '[min, max] with 0 < min <= max')
  .readonly()

export const probability = z.number().min(0).max(1)

const byte = z.number().int().min(0).max(255)
export type Color = readonly [red: number, green: number, blue: number]
/** A byte for each of the three channels, or one for all. */
export type Fill = number | Color
export const fill = z
  .union([byte, z.tuple([byte, byte, byte]).readonly()], { error: 'a byte or [red, green, blue]' })
  .default(0)
export const colorOf = (fill: Fill): Color => (typeof fill === 'number' ? [fill, fill, fill] : fill)

/** The way to read a position between the pixels of an image. */
export type Interpolation = 'nearest' | 'bilinear'
export const interpolation = z.enum(['nearest', 'bilinear'])
