import { checkArgument } from '../arguments.js'
import { modelError } from './errors.js'
import { type Model, modelKind } from './Model.js'
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

/**
 * Freezes the weights and biases of all batch norms, which then run in inference mode and keep their running statistics,
 * as small batches need it.
 *
 * @returns their names, in the order of the network
 * @throws FineTuneError 'model/no-match' where the network has no batch norm, or none that is not folded
 */
export function freezeBatchNorm(model: Model): readonly string[] {
  checkArgument('model', model, modelKind)
  const names = batchNormParameters(model)
  if (names.length === 0) throw modelError('model/no-match', { pattern: 'Batch norm', known: model.parameters })
  for (const name of names) model.frozen.add(name)
  return names
}

/** Returns the names of the weights and biases of batch norms. */
export function batchNormParameters({ graph, parameters }: Model): string[] {
  const norms = graph.nodes.filter(({ opType }) => opType === 'BatchNormalization')
  const read = new Set(norms.flatMap(({ inputs }) => inputs.slice(1, 3)))
  return parameters.filter((name) => read.has(name))
}
