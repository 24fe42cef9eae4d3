import { afterEach, expect, test, vi } from 'vitest'
import { TimeSlicer } from '../src/TimeSlicer.js'

afterEach(() => void vi.restoreAllMocks())

test('a pile of work leaves room for others, and keeps its order', async () => {
  let milliseconds = 0
  vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
  const slices = new TimeSlicer()
  const order: number[] = []
  const turnOf: number[] = []
  let [turn, isOver] = [0, false]
  const count = (): void => {
    turn++
    if (!isOver) setImmediate(count)
  }
  count()
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      await slices.next()
      milliseconds += 2
      order.push(i)
      turnOf.push(turn)
    }),
  )
  isOver = true
  expect(order).toEqual(Array.from({ length: 40 }, (_, i) => i))
  // 80 ms of work in pieces of 8: four to a turn of the event loop.
  const pieces = [...new Set(turnOf)].map((turn) => turnOf.filter((other) => other === turn).length)
  expect(pieces).toEqual(Array(10).fill(4))
})

test('what fits into the time of a turn does not wait for the next', async () => {
  let milliseconds = 0
  vi.spyOn(performance, 'now').mockImplementation(() => milliseconds)
  const slices = new TimeSlicer()
  await slices.next()
  milliseconds += 7
  const timeout = vi.spyOn(globalThis, 'setTimeout')
  await slices.next()
  expect(timeout).not.toHaveBeenCalled()
  milliseconds += 1
  await slices.next()
  expect(timeout).toHaveBeenCalledTimes(1)
})
