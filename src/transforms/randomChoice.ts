import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { baseError } from '../errors.js'
import { checkOptions } from '../options.js'
import { drawKey, runSteps, transformsKind } from './compose.js'
import { madeOf } from './parts.js'
import type { Transform } from './transform.js'

const weights = 'one number from 0 up for each transform, not all of them 0'
const schema = z.strictObject({
  p: z
    .array(z.number().min(0), { error: weights })
    .refine((list) => list.some((weight) => weight > 0), weights)
    .readonly()
    .optional(),
})

/**
 * Applies one of several transforms, chosen at random. torchvision: `v2.RandomChoice(transforms, p)`.
 * @param options.p how often each is chosen, in proportion. Default: all equally often
 * @throws FineTuneError 'options/invalid'
 */
export function randomChoice<In, Out>(
  transforms: readonly Transform<In, Out>[],
  options: { p?: readonly number[] | undefined } = {},
): Transform<In, Out> {
  checkArgument('randomChoice: transforms', transforms, transformsKind)
  const checked = checkOptions(schema, options, 'randomChoice')
  const p = checked.p ?? transforms.map(() => 1)
  if (p.length !== transforms.length)
    throw baseError('options/invalid', { option: 'randomChoice: p', received: p, expected: weights })
  return madeOf(transforms, (parts) => randomChoice(parts as readonly Transform<In, Out>[], checked), {
    name: 'randomChoice',
    options: checked,
    apply(input, random) {
      const chosen = indexAt(p, random.next())
      return runSteps(transforms, chosen, chosen + 1, input, drawKey(random)) as Out
    },
  })
}

/** Returns the index whose share of the sum of all weights holds `at`, from 0 up to 1. */
function indexAt(weights: readonly number[], at: number): number {
  let rest = at * weights.reduce((sum, weight) => sum + weight, 0)
  const found = weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
  return found >= 0 ? found : weights.findLastIndex((weight) => weight > 0)
}
