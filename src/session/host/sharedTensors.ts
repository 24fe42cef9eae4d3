import { float32, sizeOf } from '../../onnx/graph/tensor.js'
import type { StateBuffers } from './StateBuffers.js'

/** Writes tensors of a session one after another into shared memory, in the standard layout. */
export async function writeShared(
  state: StateBuffers,
  names: readonly string[],
  memory: SharedArrayBuffer,
): Promise<void> {
  const place = new Float32Array(memory)
  let at = 0
  for (const name of names) {
    const data = (await state.fetch(name)).data as Float32Array
    place.set(data, at)
    at += data.length
  }
}

/**
 * Replaces tensors of a session by the sums of those that `writeShared` wrote, in float64 and in the order of the list:
 * every session that does so has the same bytes.
 */
export function sumShared(state: StateBuffers, names: readonly string[], memories: readonly SharedArrayBuffer[]): void {
  const each = memories.map((memory) => new Float32Array(memory))
  let at = 0
  for (const name of names) {
    const { dims } = state.get(name)!
    const sum = new Float32Array(sizeOf(dims))
    for (let i = 0; i < sum.length; i++) {
      let total = 0
      for (const values of each) total += values[at + i]!
      sum[i] = total
    }
    state.write(name, float32(sum, dims))
    at += sum.length
  }
}
