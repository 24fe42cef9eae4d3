import type { ValueInfo } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { isOnDevice, type Value } from '../../runtime/DeviceTensor.js'
import { badFeed } from '../protocol/checkTensors.js'

/**
 * Gives feeds the element types that a lowered graph declares: int64 labels become int32 for a target that computes with
 * these.
 *
 * @throws FineTuneError 'session/bad-feed' for a number beyond them
 */
export function inDeclaredTypes<T extends Value>(
  feeds: Readonly<Record<string, T>>,
  inputs: readonly ValueInfo[],
): Record<string, T | Tensor> {
  const narrow = new Set(inputs.filter(({ type }) => type === 'int32').map(({ name }) => name))
  const entries = Object.entries(feeds).map(([name, tensor]) =>
    !isOnDevice(tensor) && tensor.type === 'int64' && narrow.has(name) ? [name, toInt32(name, tensor)] : [name, tensor],
  )
  return Object.fromEntries(entries)
}

function toInt32(feed: string, { dims, data }: Tensor): Tensor<'int32'> {
  const numbers = data as BigInt64Array
  const beyond = numbers.find((value) => value !== BigInt.asIntN(32, value))
  if (beyond !== undefined) throw badFeed(feed, `${beyond}`, 'numbers of 32 bits')
  return { type: 'int32', dims, data: Int32Array.from(numbers, Number) }
}
