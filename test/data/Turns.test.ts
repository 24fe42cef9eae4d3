import { expect, test } from 'vitest'
import { Turns } from '../../src/data/Turns.js'

const work = (milliseconds: number): void => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

test('a pile of work leaves room for others, and keeps its order', async () => {
  const turns = new Turns()
  const order: number[] = []
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      await turns.next()
      work(2)
      order.push(i)
    }),
  )
  clearInterval(timer)
  expect(order).toEqual(Array.from({ length: 40 }, (_, i) => i))
  // 80 ms of work in pieces of 8 to 10 ms.
  expect(ticks).toBeGreaterThanOrEqual(6)
})
