import { expect, test } from 'vitest'
import { bufferPool } from '../../src/threads/BufferPool.js'

const MB = 2 ** 20

test('a buffer is acquired in the place of one of its length that was released, the last one first', () => {
  const pool = bufferPool(3)
  const [a, b, other] = [new ArrayBuffer(MB), new ArrayBuffer(MB), new ArrayBuffer(2 * MB)]
  for (const buffer of [a, b, other]) pool.release(buffer)
  expect(pool.acquire(MB)).toBe(b)
  expect(pool.acquire(MB)).toBe(a)
  const fresh = pool.acquire(MB)
  expect([fresh.byteLength, fresh === a, fresh === b]).toEqual([MB, false, false])
  expect(pool.acquire(2 * MB)).toBe(other)
})

test('no more than so many wait: the one that has waited longest is dropped, and small ones never wait', () => {
  const pool = bufferPool(2)
  const buffers = [1, 2, 3].map(() => new ArrayBuffer(MB))
  for (const buffer of buffers) pool.release(buffer)
  const acquired = [1, 2, 3].map(() => pool.acquire(MB))
  expect(acquired.map((buffer) => buffers.indexOf(buffer))).toEqual([2, 1, -1])
  const small = new ArrayBuffer(8)
  pool.release(small)
  expect(pool.acquire(8)).not.toBe(small)
})
