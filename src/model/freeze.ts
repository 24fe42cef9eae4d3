import type { Model } from './Model.js'
import { matchParameters, type ParameterPattern } from './patterns.js'

/**
 * Freezes parameters, so that only the others train. A batch norm whose weight and bias are frozen runs in inference
 * mode, and its running statistics stay.
 *
 * @returns the names that the pattern matches, in the order of the network
 * @throws FineTuneError 'model/no-match' where it matches none
 * @example
 * ```ts run given=model
 * import { freeze } from 'onnx-finetune'
 *
 * freeze(model, { upTo: 'layer3' })
 * freeze(model, /bn/)
 * ```
 */
export function freeze(model: Model, pattern: ParameterPattern): readonly string[] {
  const names = matchParameters(model, pattern)
  for (const name of names) model.frozen.add(name)
  return names
}

/** Unfreezes parameters; without a pattern, all of them. Returns and throws as `freeze` does. */
export function unfreeze(model: Model, pattern: ParameterPattern = /(?:)/): readonly string[] {
  const names = matchParameters(model, pattern)
  for (const name of names) model.frozen.delete(name)
  return names
}
