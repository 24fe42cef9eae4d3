import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { checkOptions } from '../options.js'
import { modelError } from './errors.js'
import { type Model, modelKind } from './Model.js'

/**
 * A set of parameters: a regular expression on their names, or names of parameters or of the modules around them
 * (`'layer1'` is all of layer1, `'layer1.0.bn1.weight'` is one parameter), or everything from the input up to and
 * including such a name (`{ upTo: 'layer3' }`).
 */
export type ParameterPattern = RegExp | string | readonly string[] | { readonly upTo: string }

export const parameterPattern = z.union(
  [z.instanceof(RegExp), z.string(), z.array(z.string()), z.strictObject({ upTo: z.string() })],
  { error: "a regular expression, a name, a list of names or { upTo: 'name' }" },
)

/**
 * Returns the parameters that a pattern matches, in the order of the network.
 *
 * @throws FineTuneError 'model/no-match' where it, or one name of its list, matches none; 'options/invalid'
 */
export function matchParameters(model: Model, pattern: ParameterPattern): readonly string[] {
  checkArgument('model', model, modelKind)
  checkOptions(parameterPattern, pattern, 'pattern')
  const names = select(model, pattern)
  if (names.length > 0) return names
  throw modelError('model/no-match', { pattern: describe(pattern), known: model.parameters })
}

function select(model: Model, pattern: ParameterPattern): readonly string[] {
  const all = model.parameters
  if (pattern instanceof RegExp) return all.filter((name) => name.search(pattern) >= 0)
  if (typeof pattern === 'string') return all.filter((name) => isWithin(name, pattern))
  if ('upTo' in pattern) return all.slice(0, all.findLastIndex((name) => isWithin(name, pattern.upTo)) + 1)
  const chosen = new Set(pattern.flatMap((name) => matchParameters(model, name)))
  return all.filter((name) => chosen.has(name))
}

const isWithin = (name: string, module: string): boolean => name === module || name.startsWith(`${module}.`)

function describe(pattern: ParameterPattern): string {
  if (pattern instanceof RegExp) return String(pattern)
  if (typeof pattern === 'object' && 'upTo' in pattern) return `{ upTo: '${pattern.upTo}' }`
  return typeof pattern === 'string' ? `'${pattern}'` : 'An empty list'
}
