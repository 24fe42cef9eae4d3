import { checkArgument, isListOf, type Kind } from '../arguments.js'
import { type Random, seededRandom } from '../random.js'
import { transformError } from './errors.js'
import { type Means, toNormalizedTensor } from './normalize.js'
import { madeOf } from './parts.js'
import type { RgbImage } from './rgbImage.js'
import {
  type AnyTransform,
  builtIn,
  isBuiltIn,
  isTransform,
  type KeepingTransform,
  type ShrinkableTransform,
  type Transform,
  transformKind,
} from './transform.js'

type In<T> = T extends Transform<infer Input, unknown> ? Input : never
type Out<T> = T extends Transform<never, infer Output> ? Output : never

/** The list itself if each transform takes the result of the previous one. */
type Chain<List extends readonly AnyTransform[]> = List extends readonly [
  infer First,
  infer Second extends AnyTransform,
  ...infer Rest extends readonly AnyTransform[],
]
  ? Out<First> extends In<Second>
    ? Chain<readonly [Second, ...Rest]>
    : never
  : unknown
type FirstIn<List extends readonly AnyTransform[]> = List extends readonly [infer Only, ...unknown[]] ? In<Only> : never
type LastOut<List extends readonly AnyTransform[]> = List extends readonly [...unknown[], infer Only]
  ? Out<Only>
  : unknown

/** A list of transforms as one. */
export interface Pipeline<Input, Output> extends Transform<Input, Output> {
  readonly steps: readonly AnyTransform[]
}

/**
 * Composes transforms, one after another. torchvision: `v2.Compose([...])`.
 *
 * One number is drawn from the random source; with its index it keys a stream for each step. So a step never affects
 * the draws of another, and a pipeline may be cut anywhere and continued in another thread (`runSteps`).
 * @throws FineTuneError 'options/invalid' where an item of the list is not a transform
 * @example
 * ```ts run given=model
 * import { compose, normalize, randomHorizontalFlip, randomResizedCrop, toTensor } from 'onnx-finetune'
 *
 * const { mean, std } = model.preprocessing
 * const transform = compose([randomResizedCrop(224), randomHorizontalFlip(), toTensor(), normalize(mean, std)])
 * ```
 */
export function compose<const List extends readonly [AnyTransform, ...AnyTransform[]]>(
  transforms: List & Chain<List>,
): Pipeline<FirstIn<List>, LastOut<List>> {
  checkArgument('compose: transforms', transforms, transformsKind)
  const steps = fuse((transforms as readonly AnyTransform[]).flatMap(stepsOf))
  const pipeline: Pipeline<FirstIn<List>, LastOut<List>> = {
    name: 'compose',
    steps,
    apply: (input, source) => runSteps(steps, 0, steps.length, input, drawKey(source)) as LastOut<List>,
  }
  return builtIn(madeOf(steps, composeAny, pipeline))
}

/** Composes a list whose types are not known to fit. */
export const composeAny = (transforms: readonly AnyTransform[]): AnyTransform => compose(transforms as never)

export const transformsKind: Kind = {
  expected: `a list of transforms, each ${transformKind.expected}`,
  is: (value) => isListOf(value, isTransform) && (value as unknown[]).length > 0,
}

/** Returns the steps of a pipeline, including those of nested pipelines; for any other transform, itself. */
export function stepsOf(transform: AnyTransform): readonly AnyTransform[] {
  checkArgument('A transform', transform, transformKind)
  return isBuiltIn(transform) && 'steps' in transform ? (transform as Pipeline<never, unknown>).steps : [transform]
}

/** Draws the key of a sample's streams: the first number of its random source. */
export const drawKey = (source: Random): number => source.next()

/** Fuses `toTensor` directly before `normalize` to one pass over the pixels. */
function fuse(steps: readonly AnyTransform[]): readonly AnyTransform[] {
  return steps.flatMap((step, i) => {
    if (step.name === 'toTensor' && fusible(step, steps[i + 1]))
      return [toNormalizedTensor(steps[i + 1]!.options as unknown as Means)]
    return step.name === 'normalize' && fusible(steps[i - 1], step) ? [] : [step]
  })
}
const fusible = (first: AnyTransform | undefined, second: AnyTransform | undefined): boolean =>
  first?.name === 'toTensor' && second?.name === 'normalize' && isBuiltIn(first) && isBuiltIn(second)

/**
 * Tells whether a step can make only a part: of a panorama of 30000 x 100 pixels, resized to 256, a centre crop keeps a
 * thousandth.
 */
const isShrinkable = (step: AnyTransform): step is ShrinkableTransform & AnyTransform =>
  isBuiltIn(step) && 'applyFor' in step
const isKeeping = (step: AnyTransform): step is KeepingTransform & AnyTransform => isBuiltIn(step) && 'keeps' in step

/**
 * Runs steps `from` to `to` (not included) of a pipeline, on the result of the previous steps. `source` is only for
 * errors.
 * @throws FineTuneError 'transforms/failed' (which names the step; its cause is the step's error)
 */
export function runSteps(
  steps: readonly AnyTransform[],
  from: number,
  to: number,
  input: unknown,
  key: number,
  source?: string,
): unknown {
  let value = input
  for (let position = from; position < to; position++) {
    const step = steps[position] as Transform<unknown, unknown>
    const next = position + 1 < to ? steps[position + 1] : undefined
    try {
      value =
        isShrinkable(step) && next && isKeeping(next)
          ? step.applyFor(value as RgbImage, next.keeps)
          : step.apply(value, seededRandom(key, position))
    } catch (cause) {
      const facts = { transform: step.name, position, ...(source !== undefined && { source }) }
      throw transformError('transforms/failed', facts, { cause })
    }
  }
  return value
}
