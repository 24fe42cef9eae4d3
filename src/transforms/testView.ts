import { centerCrop } from './centerCrop.js'
import { compose, type Pipeline, stepsOf } from './compose.js'
import { grayscale } from './grayscale.js'
import type { Means } from './normalize.js'
import { type Size, sides } from './options.js'
import { resize } from './resize.js'
import type { RgbImage } from './rgbImage.js'
import { isDeterministic } from './specs.js'
import { type AnyTransform, isBuiltIn, type Transform } from './transform.js'

/** The usual deterministic view of an image, as plain data: resized, the centre cropped, grey or not. */
export interface TestView {
  readonly resize: Size
  /** The side of the square that is cropped, in pixels. */
  readonly crop: number
  readonly grayscale?: 'beforeResize' | 'afterResize' | undefined
}

/**
 * Returns the view as transforms of the image.
 *
 * @param cropped the transform that crops. Default: the centre
 */
export function testView(
  { resize: size, crop, grayscale: when }: TestView,
  cropped: Transform<RgbImage, RgbImage> = centerCrop(crop),
): Pipeline<RgbImage, RgbImage> {
  if (when === 'beforeResize') return compose([grayscale(), resize(size), cropped])
  if (when === 'afterResize') return compose([resize(size), cropped, grayscale()])
  return compose([resize(size), cropped])
}

/** A view read from a transform, with its mean and standard deviation; or the step that no such view has. */
export type ReadView = { readonly view: TestView & Means } | { readonly step: string; readonly problem: string }

/** The order of steps in such a view. */
const RANKS: Readonly<Record<string, number>> = {
  resize: 1,
  centerCrop: 2,
  toTensor: 3,
  toNormalizedTensor: 4,
  normalize: 4,
}

/**
 * Reads the transforms that `testView` returns, with or without `normalize` at their end. A view that neither resizes
 * nor crops takes only images of `side` x `side` pixels, for which resizing to that size changes nothing.
 */
export function readTestView(transform: AnyTransform, side: number): ReadView {
  const steps = stepsOf(transform)
  const problem = firstProblem(steps)
  if (problem) return problem
  const sizeOf = (name: string) => steps.find((step) => step.name === name)?.options?.size as Size | undefined
  const [resized, cropped] = [sizeOf('resize'), sizeOf('centerCrop')]
  if (cropped !== undefined && resized === undefined)
    return { step: 'centerCrop', problem: 'it crops what nothing resized' }
  const size = resized ?? [side, side]
  const [crop, width] = sides(cropped ?? size)
  if (crop !== width) return { step: 'centerCrop', problem: `${crop} x ${width} pixels are no square` }
  return { view: { resize: size, crop, ...greyOf(steps), ...meansOf(steps) } }
}

function firstProblem(steps: readonly AnyTransform[]): { step: string; problem: string } | undefined {
  let reached: AnyTransform | undefined
  for (const step of steps) {
    const wrong = (problem: string) => ({ step: step.name, problem })
    if (!isBuiltIn(step)) return wrong('it is a transform of your own')
    if (!isDeterministic(step)) return wrong('it leaves something to chance')
    if (step.name === 'grayscale') continue
    if (RANKS[step.name] === undefined) return wrong('an exported classifier has no such step')
    if (reached && RANKS[step.name]! <= RANKS[reached.name]!) return wrong(`it comes after ${reached.name}`)
    reached = step
  }
  return undefined
}

/** Returns mean and standard deviation of a pipeline's normalisation: 0 and 1 without one. */
export function meansOf(steps: readonly AnyTransform[]): Means {
  const step = steps.find(normalises)
  const { mean, std } = (step?.options ?? { mean: [0, 0, 0], std: [1, 1, 1] }) as unknown as Means
  return { mean, std }
}

/** Tells whether it is a built-in transform that subtracts a mean. */
export const normalises = (step: AnyTransform): boolean =>
  isBuiltIn(step) && (step.name === 'normalize' || step.name === 'toNormalizedTensor')

function greyOf(steps: readonly AnyTransform[]): Pick<TestView, 'grayscale'> {
  const names = steps.map(({ name }) => name)
  const [at, resized] = [names.indexOf('grayscale'), names.indexOf('resize')]
  return at < 0 ? {} : { grayscale: at < resized ? 'beforeResize' : 'afterResize' }
}
