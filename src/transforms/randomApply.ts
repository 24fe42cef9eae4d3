import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { checkOptions } from '../options.js'
import { drawKey, runSteps, stepsOf, transformsKind } from './compose.js'
import { probability } from './options.js'
import { madeOf } from './parts.js'
import type { Transform } from './transform.js'

const schema = z.strictObject({ p: probability.default(0.5) })

/**
 * Applies transforms, one after another, with probability p: all of them or none. torchvision:
 * `v2.RandomApply(transforms, p)`.
 * @param options.p from 0 to 1. Default 0.5
 * @throws FineTuneError 'options/invalid'
 */
export function randomApply<T>(
  transforms: readonly Transform<T, T>[],
  options: { p?: number | undefined } = {},
): Transform<T, T> {
  checkArgument('randomApply: transforms', transforms, transformsKind)
  const checked = checkOptions(schema, options, 'randomApply')
  const steps = transforms.flatMap(stepsOf)
  return madeOf(steps, (parts) => randomApply(parts as readonly Transform<T, T>[], checked), {
    name: 'randomApply',
    options: checked,
    apply: (input, random) =>
      random.next() < checked.p ? (runSteps(steps, 0, steps.length, input, drawKey(random)) as T) : input,
  })
}
