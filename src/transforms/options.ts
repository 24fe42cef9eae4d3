import * as z from 'zod'
import { FineTuneError } from '../errors.js'

/** What one option may be: a zod schema, and the same in words for the error. */
export type OptionRule = readonly [schema: z.ZodType, expected: string]

type Checked<Rules extends Record<string, OptionRule>> = { [K in keyof Rules]: z.output<Rules[K][0]> }

/**
 * The options of `owner`, checked one by one, defaults filled in by their schemas.
 * @throws FineTuneError 'options/invalid' names the first option that is wrong or unknown
 */
export function checkOptions<const Rules extends Record<string, OptionRule>>(
  owner: string,
  options: object,
  rules: Rules,
): Checked<Rules> {
  const given = options as Record<string, unknown>
  for (const option of Object.keys(given)) {
    if (rules[option]) continue
    const expected = `left out: ${owner} has the options ${Object.keys(rules).join(', ')}`
    throw new FineTuneError('options/invalid', { option: `${owner}.${option}`, received: given[option], expected })
  }
  const checked = Object.entries(rules).map(([option, [schema, expected]]) => {
    const result = schema.safeParse(given[option])
    if (result.success) return [option, result.data]
    throw new FineTuneError('options/invalid', { option: `${owner}.${option}`, received: given[option], expected })
  })
  return Object.fromEntries(checked) as Checked<Rules>
}

export const positiveInteger = z.number().int().positive()
export const probability = z.number().min(0).max(1)
/** A side, or [height, width]. */
export const sizeRule = [
  z.union([positiveInteger, z.tuple([positiveInteger, positiveInteger]).readonly()]),
  'a positive integer or [height, width]',
] as const satisfies OptionRule
export type Size = number | readonly [height: number, width: number]

/** [height, width] of a square or a rectangle. */
export const sides = (size: Size): readonly [height: number, width: number] =>
  typeof size === 'number' ? [size, size] : size
