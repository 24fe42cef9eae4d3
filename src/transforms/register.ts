import { centerCrop } from './centerCrop.js'
import { colorJitter } from './colorJitter.js'
import { stepsOf } from './compose.js'
import { grayscale } from './grayscale.js'
import { type Means, normalize, toNormalizedTensor } from './normalize.js'
import type { Size } from './options.js'
import { randomErasing } from './randomErasing.js'
import { randomHorizontalFlip } from './randomHorizontalFlip.js'
import { randomResizedCrop } from './randomResizedCrop.js'
import { randomRotation } from './randomRotation.js'
import { resize } from './resize.js'
import { toPlanes } from './toPlanes.js'
import { toTensor } from './toTensor.js'
import { type AnyTransform, isBuiltIn } from './transform.js'
import { moduleOf, transformModule } from './transformModule.js'

interface Sized {
  readonly size: Size
}

/** Every built-in transform, made from its options. To add one: a file beside this one and a line here. */
const register = {
  centerCrop: ({ size }: Sized) => centerCrop(size),
  colorJitter,
  grayscale,
  normalize: ({ mean, std }: Means) => normalize(mean, std),
  randomErasing,
  randomHorizontalFlip,
  randomResizedCrop: ({ size, ...options }: Sized) => randomResizedCrop(size, options),
  randomRotation: ({ degrees, ...options }: { degrees: number }) => randomRotation(degrees, options),
  resize: ({ size }: Sized) => resize(size),
  toNormalizedTensor,
  toPlanes,
  toTensor,
  transformModule: ({ url }: { url: string }) => transformModule(url),
} as const satisfies Record<string, (options: never) => AnyTransform>

const deterministic = new Set<string>([
  'centerCrop',
  'grayscale',
  'normalize',
  'resize',
  'toNormalizedTensor',
  'toPlanes',
  'toTensor',
] satisfies (keyof typeof register)[])

/** Tells whether a transform always gives the same result for the same image; of a custom one that is not known. */
export const isDeterministic = (transform: AnyTransform): boolean =>
  stepsOf(transform).every((step) => isBuiltIn(step) && deterministic.has(step.name))

/** A transform as plain data that can go to another thread: a built-in one, or one of a module. */
export interface TransformSpec {
  readonly name: keyof typeof register
  readonly options: unknown
}

/** Returns the spec of a transform; undefined for a custom one, unless it stands for a module. */
export function toSpec(transform: AnyTransform): TransformSpec | undefined {
  const url = moduleOf(transform)
  if (url !== undefined) return { name: 'transformModule', options: { url } }
  return isBuiltIn(transform) ? ({ name: transform.name, options: transform.options } as TransformSpec) : undefined
}

export const fromSpec = ({ name, options }: TransformSpec): AnyTransform => register[name](options as never)
