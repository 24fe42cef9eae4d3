import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { asCompleted } from '../../src/cluster/asCompleted.js'

test('results come in the order in which they are done', async () => {
  const ends: (() => void)[] = []
  const action = (input: number) => new Promise<number>((resolve) => (ends[input] = () => resolve(input)))
  const results = asCompleted([0, 1, 2], 3, action)
  const first = results.next()
  await setTimeout(1)
  for (const [i, next] of [1, 2, 0].entries()) {
    const result = i === 0 ? first : results.next()
    ends[next]!()
    expect((await result).value).toBe(next)
  }
  expect((await results.next()).done).toBe(true)
})

test('no more inputs are taken than there is room for, results that wait included', async () => {
  let taken = 0
  const inputs = (function* () {
    while (taken < 20) yield taken++
  })()
  let done = 0
  for await (const _ of asCompleted(inputs, 3, async (input) => input)) {
    await setTimeout(1)
    done++
    expect(taken - done).toBeLessThanOrEqual(3)
  }
  expect(done).toBe(20)
})

test('an input may depend on earlier results', async () => {
  const results: number[] = []
  async function* inputs() {
    yield 1
    while (results.length < 5) {
      if (results.length > 0) yield results.at(-1)! + 1
      await setTimeout(1)
    }
  }
  for await (const result of asCompleted(inputs(), 1, async (input) => input)) results.push(result)
  expect(results).toEqual([1, 2, 3, 4, 5])
})

test('an aborted signal ends the loop at once with its reason, and aborts what runs', async () => {
  const controller = new AbortController()
  const aborted: number[] = []
  const results = asCompleted(
    [1, 2, 3],
    2,
    (input, signal) =>
      new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => {
          aborted.push(input)
          reject(signal.reason)
        }),
      ),
    controller.signal,
  )
  const next = results.next()
  await setTimeout(1)
  controller.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
  expect(aborted).toEqual([1, 2])
})

test('leaving the loop ends the inputs and aborts what runs', async () => {
  let [isEnded, isAborted] = [false, false]
  function* inputs() {
    try {
      yield* [1, 1000, 3]
    } finally {
      isEnded = true
    }
  }
  for await (const _ of asCompleted(inputs(), 2, (ms, signal) => {
    signal.addEventListener('abort', () => (isAborted = true))
    return setTimeout(ms, ms, { signal })
  }))
    break
  expect([isEnded, isAborted]).toEqual([true, true])
})

test('what an action or the inputs throw ends the loop', async () => {
  const collect = async (results: AsyncIterable<unknown>) => {
    for await (const _ of results);
  }
  const failing = async () => {
    throw new Error('action')
  }
  await expect(collect(asCompleted([1], 1, failing))).rejects.toThrow('action')
  function* inputs() {
    yield 1
    throw new Error('inputs')
  }
  await expect(collect(asCompleted(inputs(), 2, async () => 1))).rejects.toThrow('inputs')
})
