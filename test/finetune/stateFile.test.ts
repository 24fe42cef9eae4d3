import { webcrypto } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { joined } from '../../src/bytes.js'
import { readState, statePieces } from '../../src/finetune/checkpoint/stateFile.js'
import type { StoredFile } from '../../src/platform/contract.js'
import { digest } from '../../src/platform/node/digest.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { safetensorsHeader } from '../../src/weights/writeSafetensors.js'
import { stateAfter } from './support/state.js'

/** A file in memory, and how many bytes were asked for at once. */
function fileOf(bytes: Uint8Array, size = bytes.length) {
  const asked: number[] = []
  const file: StoredFile = {
    size,
    async read(begin, end) {
      asked.push(end - begin)
      return new Uint8Array(bytes.subarray(begin, end))
    },
    async close() {},
  }
  return { file, asked }
}

const step = {
  epoch: 1,
  step: 1,
  loss: 0.5,
  accuracy: 1,
  examples: 1,
  examplesPerSecond: 1,
  learningRates: {},
  time: 0,
}

describe('the file of a checkpoint', () => {
  test('is the memory of its tensors, not a copy, and read a tensor at a time', async () => {
    const state = stateAfter(3)
    const [header, ...tensors] = await statePieces(state)
    const momentum = state.optimizer[0]!.states.get('fc.weight')!.get('momentum0')!
    expect(tensors.map(({ buffer }) => buffer)).toEqual([
      (state.weights['fc.weight']!.data as Float32Array).buffer,
      (momentum.data as Float32Array).buffer,
    ])
    const { file, asked } = fileOf(joined([header!, ...tensors]))
    expect(await readState(file)).toEqual(state)
    expect(asked).toEqual([8, header!.length - 8, 40, 40])
  })

  test('that has become shorter since it was opened is an error', async () => {
    const bytes = joined(await statePieces(stateAfter(3)))
    const { file } = fileOf(bytes.subarray(0, -1), bytes.length)
    await expect(readState(file)).rejects.toThrow('the file has become shorter')
  })

  test('has a long history among its tensors', async () => {
    const state = stateAfter(3)
    const long = { ...state, history: { ...state.history, steps: Array.from({ length: 6 }, () => step) } }
    const bytes = joined(await statePieces(long, 5))
    expect(readSafetensors(bytes).tensors.has('run/history')).toBe(true)
    expect(await readState(fileOf(bytes).file)).toEqual(long)
    expect(readSafetensors(joined(await statePieces(long, 6))).tensors.has('run/history')).toBe(false)
  })
})

test('a header that no reader takes is not written', () => {
  expect(() => safetensorsHeader([], new Map([['a', 'x'.repeat(100_000_001)]]))).toThrow('readers take 100000000')
})

test('digests of any length are those of WebCrypto', async () => {
  for (const length of [0, 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7919) >>> 5)
    for (const algorithm of ['SHA-256', 'SHA-1'] as const) {
      const expected = Buffer.from(await webcrypto.subtle.digest(algorithm, bytes)).toString('hex')
      expect(await digest(algorithm, bytes), `${algorithm} of ${length}`).toBe(expected)
    }
  }
})
