import { contractError } from '../../contract/errors.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { sessionError } from '../errors.js'
import { describe } from '../protocol/checkTensors.js'
import type { Tensors } from '../protocol/HostCalls.js'
import type { StateBuffers } from './StateBuffers.js'

/** Reads copies of tensors, one after another: only those that are asked for leave the device. */
export async function readTensors(
  state: StateBuffers,
  names: readonly string[],
  storedAs = (name: string): string => name,
): Promise<Tensors> {
  const tensors: Record<string, Tensor> = {}
  for (const name of names) tensors[name] = await state.read(storedAs(name))
  return tensors
}

/**
 * Replaces parameters, all of them or none.
 *
 * @throws FineTuneError 'session/unknown-parameter', 'session/bad-tensor'
 */
export function writeParameters(state: StateBuffers, parameters: Tensors, known: readonly string[]): void {
  demandFitting(state, parameters, known)
  for (const [name, tensor] of Object.entries(parameters)) state.write(name, tensor)
}

/**
 * Checks that tensors have the names, types and shapes of parameters.
 *
 * @throws FineTuneError 'session/unknown-parameter', 'session/bad-tensor'
 */
export function demandFitting(state: StateBuffers, parameters: Tensors, known: readonly string[]): void {
  demandKnown(Object.keys(parameters), known)
  for (const [parameter, { type, dims }] of Object.entries(parameters)) {
    const expected = state.get(parameter)!
    if (type !== expected.type || `${dims}` !== `${expected.dims}`)
      throw sessionError('session/bad-tensor', {
        parameter,
        received: describe(type, dims),
        expected: describe(expected.type, expected.dims),
      })
  }
}

/** @throws FineTuneError 'session/unknown-parameter' */
export function demandKnown(names: readonly string[], known: readonly string[]): void {
  const set = new Set(known)
  const parameter = names.find((name) => !set.has(name))
  if (parameter !== undefined) throw contractError('session/unknown-parameter', { parameter, known })
}
