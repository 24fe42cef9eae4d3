import { describe, expect, test } from 'vitest'
import { readCheckpoint } from '../../src/artifacts/readCheckpoint.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import type { CheckpointState } from '../../src/contract/CheckpointState.js'
import { isFineTuneError } from '../../src/errors.js'
import { float32, int64, scalarTensor } from '../../src/onnx/graph/tensor.js'

const checkpoint: CheckpointState = {
  parameters: new Map([
    ['fc.weight', { tensor: float32([1, -2, 3.5, 0, 5, 6], [2, 3]), requiresGrad: true }],
    ['fc.scale', { tensor: scalarTensor(0.5), requiresGrad: true }],
    ['bn.running_mean', { tensor: float32([7], [1]), requiresGrad: false }],
    ['bn.num_batches_tracked', { tensor: int64([2n ** 60n], []), requiresGrad: false }],
    ['empty', { tensor: float32([], [0, 4]), requiresGrad: false }],
  ]),
  optimizerGroups: [
    {
      name: 'group0',
      step: 12,
      learningRate: 0.5,
      states: new Map([['fc.weight', new Map([['momentum0', float32([1, 2, 3, 4, 5, 6], [2, 3])]])]]),
    },
  ],
  properties: new Map<string, bigint | number | string>([
    ['epoch', 3n],
    ['score', 0.25],
    ['name', 'hotdog é'],
  ]),
}
const codeOf = (bytes: Uint8Array): string => {
  try {
    readCheckpoint(bytes)
    return 'no error'
  } catch (error) {
    if (isFineTuneError(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

test('a checkpoint survives writing and reading', () => {
  expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint)
  const empty = { parameters: new Map(), optimizerGroups: [], properties: new Map() }
  expect(readCheckpoint(writeCheckpoint(empty))).toEqual(empty)
})

test('bytes at any place of a larger buffer are read: of a Uint8Array, and of a Buffer, whose slice() copies nothing', () => {
  const bytes = writeCheckpoint(checkpoint)
  for (const offset of [1, 2, 3, 5]) {
    const around = new Uint8Array(bytes.length + offset)
    around.set(bytes, offset)
    expect(readCheckpoint(around.subarray(offset))).toEqual(checkpoint)
    expect(readCheckpoint(Buffer.from(around.buffer, offset))).toEqual(checkpoint)
  }
})

test('tensor data lies at multiples of four bytes', () => {
  const bytes = writeCheckpoint(checkpoint)
  const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1, -2, 3.5, 0, 5, 6).buffer))
  expect([at > 0, at % 4]).toEqual([true, 0])
})

describe('what is no checkpoint gives a typed error', () => {
  test('a file that is cut off anywhere', () => {
    const bytes = writeCheckpoint(checkpoint)
    // Alone and at the beginning of a larger buffer, whose other bytes are not its own.
    for (let length = 0; length < bytes.length - 4; length++)
      for (const part of [bytes.slice(0, length), bytes.subarray(0, length)])
        expect(codeOf(part), `${length} bytes`).toMatch(/^artifacts\/malformed-checkpoint/)
  })

  test('a word that points or counts beyond it, or before it', () => {
    const bytes = writeCheckpoint(checkpoint)
    const found = new Set<string>()
    for (let at = 0; at + 4 <= bytes.length; at += 4)
      for (const word of [0x7fffffff, -0x7fffffff, bytes.length, -bytes.length]) {
        const changed = Buffer.from(bytes)
        changed.writeInt32LE(word, at)
        found.add(/points outside of it|does not fit in it/.exec(codeOf(changed))?.[0] ?? 'other')
      }
    expect(found).toEqual(new Set(['points outside of it', 'does not fit in it', 'other']))
  })

  test('identifier, version, size, types', () => {
    const bytes = writeCheckpoint(checkpoint)
    expect(codeOf(new Uint8Array(3))).toMatch(/artifacts\/malformed-checkpoint.*3 bytes/)
    expect(codeOf(Buffer.from(bytes).fill('ORTM', 4, 8))).toMatch(/malformed-checkpoint.*"ORTM" where ODTC/)
    const other = Buffer.from(bytes)
    const root = other.readUInt32LE(0)
    const vtable = root - other.readInt32LE(root)
    other.writeInt32LE(3, root + other.readUInt16LE(vtable + 4))
    expect(codeOf(other)).toMatch(/artifacts\/checkpoint-version.*version 3.*version 2/)
    const strings = { type: 'string' as const, dims: [1], data: ['x'] }
    const parameters = new Map([['x', { tensor: strings, requiresGrad: true }]])
    expect(() => writeCheckpoint({ ...checkpoint, parameters })).toThrow(/strings/)
  })
})
