import { expect, test } from 'vitest'
import { AlignedAllocator } from '../../src/runtime/AlignedAllocator.js'

test('tensors begin at multiples of 64 bytes of WebAssembly memory, apart from each other', () => {
  const memory = new AlignedAllocator()
  const sizes = [1, 16, 17, 5_000_000, 3]
  const tensors = sizes.map((size) => memory.zeros('float32', [size]))
  for (const [i, { data, dims }] of tensors.entries()) {
    const { byteOffset, buffer } = data as Float32Array<ArrayBuffer>
    expect([dims, data.length, byteOffset % 64]).toEqual([[sizes[i]], sizes[i], 0])
    expect(buffer.byteLength % 65536).toBe(0)
    ;(data as Float32Array).fill(i)
  }
  expect(tensors.map(({ data }) => (data as Float32Array).every((value) => value === data[0]) && data[0])).toEqual([
    0, 1, 2, 3, 4,
  ])
  expect(memory.zeros('int64', [2]).data).toEqual(new BigInt64Array(2))
})
