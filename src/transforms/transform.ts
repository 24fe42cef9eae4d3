import type { Kind } from '../arguments.js'
import type { Random } from '../random.js'
import type { Box, RgbImage } from './rgbImage.js'

/**
 * One step from a decoded image to the network's input. A custom transform is a small object:
 *
 *     const invert: Transform<RgbImage, RgbImage> = {
 *       name: 'invert',
 *       apply: (image) => rgbImage(contiguousImage(image).data.map((byte) => 255 - byte), image.shape[0]!, image.shape[1]!),
 *     }
 *
 * and can be used like a built-in one: `compose([randomResizedCrop(224), invert, toTensor()])`.
 *
 * `apply` draws all its random numbers from `random`, which belongs to this step of this sample in this epoch, and does
 * not change its input. Then results depend on the seed alone, not on the number of workers.
 */
export interface Transform<In, Out> {
  readonly name: string
  /** The options of a built-in transform: with its name, enough to make it again in another thread. */
  readonly options?: Readonly<Record<string, unknown>>
  apply(input: In, random: Random): Out
}

/** A built-in transform that makes images, and can make only the part that the next step keeps. */
export interface ShrinkableTransform extends Transform<RgbImage, RgbImage> {
  applyFor(input: RgbImage, keeps: Keeps): RgbImage
}

/** A built-in transform that gives the same result for the part that it keeps as for the whole image. */
export interface KeepingTransform extends Transform<RgbImage, RgbImage> {
  readonly keeps: Keeps
}

/** Returns the part to keep of an image of height x width pixels. */
export type Keeps = (height: number, width: number) => Box

/** Any transform, whatever its input and output. */
export type AnyTransform = Transform<never, unknown>

export const isTransform = (value: unknown): value is AnyTransform => {
  const { apply, name } = (value ?? {}) as Partial<AnyTransform>
  return typeof value === 'object' && typeof apply === 'function' && typeof name === 'string'
}
export const transformKind: Kind = {
  expected: 'an object with a name and a function apply(input, random)',
  is: isTransform,
}

const builtIns = new WeakSet<object>()

/** Marks a transform of this library, which another thread can make again from its name and options. */
export function builtIn<T extends AnyTransform>(transform: T): T {
  builtIns.add(transform)
  return transform
}

export const isBuiltIn = (transform: AnyTransform): boolean => builtIns.has(transform)
