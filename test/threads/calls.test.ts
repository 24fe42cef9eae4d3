import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { dataError } from '../../src/data/errors.js'
import { errorFromPlain, errorToPlain, FineTuneError } from '../../src/errors.js'
import { sessionError } from '../../src/session/errors.js'
import { connect } from '../../src/threads/connect.js'
import type { Port } from '../../src/threads/messages.js'
import { type Handlers, Transferred } from '../../src/threads/methods.js'

interface Thread {
  double(numbers: Float32Array): Promise<Float32Array>
  fail(): Promise<void>
  unclonable(): Promise<unknown>
  record(name: string): Promise<void>
  ask(): Promise<string>
}
interface Parent {
  name(): Promise<string>
}

/** Two ends of a real channel: what passes is cloned or handed over, as between threads. */
function twoEnds(
  handlers: Partial<Handlers<Thread>>,
  atOnce?: number,
  parent: Handlers<Parent> = { name: () => 'me' },
) {
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => port1.close())
  const end = (port: typeof port1): Port => ({
    post: (message, transfer = []) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
  })
  const there = connect<Parent, Thread>(end(port2), { handlers: handlers as Handlers<Thread>, atOnce })
  return { here: connect<Thread, Parent>(end(port1), { handlers: parent }), there }
}

test('buffers are handed over in both directions, and nothing is copied', async () => {
  const lengths: number[] = []
  const { here } = twoEnds({
    double([numbers]) {
      const doubled = numbers.map((value) => 2 * value)
      queueMicrotask(() => setImmediate(() => lengths.push(doubled.length)))
      return new Transferred(doubled, [doubled.buffer])
    },
  })
  const numbers = Float32Array.of(1, 2, 3)
  const doubled = here.call('double', [numbers], { transfer: [numbers.buffer] })
  expect(numbers.length).toBe(0)
  expect(await doubled).toEqual(Float32Array.of(2, 4, 6))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(lengths).toEqual([0])
})

test('an error comes as what it was: its code, its facts and its cause', async () => {
  const cause = dataError('data/closed', {}, { cause: new Error('the disk') })
  const error = sessionError('session/worker-died', { problem: 'no memory' }, { cause })
  const { here } = twoEnds({ fail: () => Promise.reject(error) })
  const received = await here.call('fail', []).catch((reason: unknown) => reason)
  expect(received).toBeInstanceOf(FineTuneError)
  expect(received).toMatchObject({ code: error.code, facts: error.facts, message: error.message })
  expect((received as Error).cause).toMatchObject({ code: 'data/closed', cause: { message: 'the disk' } })
  expect(errorToPlain(errorFromPlain(errorToPlain(error)))).toEqual(errorToPlain(error))
})

test('arguments and results that no message can carry are errors of that call alone', async () => {
  const { here } = twoEnds({ unclonable: () => () => 1, record() {} })
  await expect(here.call('unclonable', [])).rejects.toThrow(/could not be cloned/)
  await expect(here.call('record', [(() => 1) as never])).rejects.toThrow(/could not be cloned/)
  await expect(here.call('record', ['fine'])).resolves.toBe(undefined)
})

test('either end may call the other, also while it is being called', async () => {
  const { here, there } = twoEnds({ ask: async () => `you are ${await there.call('name', [])}` })
  expect(await here.call('ask', [])).toBe('you are me')
})

test.each([1, 2])('calls are carried out in their order, %i at a time', async (atOnce) => {
  const said: string[] = []
  let running = 0
  const { here } = twoEnds(
    {
      async record([name]) {
        expect(++running).toBeLessThanOrEqual(atOnce)
        said.push(name)
        await new Promise((resolve) => setTimeout(resolve, 5))
        running--
      },
    },
    atOnce,
  )
  const names = ['a', 'b', 'c', 'd', 'e']
  await Promise.all(names.map((name) => here.call('record', [name])))
  expect(said).toEqual(names)
})

test('a call that is aborted is rejected at once; it is not begun, or told so', async () => {
  const said: string[] = []
  const told: unknown[] = []
  const { here } = twoEnds(
    {
      async record([name], signal) {
        said.push(name)
        if (name === 'first') await new Promise((resolve) => signal.addEventListener('abort', resolve))
        told.push(signal.aborted)
      },
    },
    1,
  )
  const controller = new AbortController()
  const { signal } = controller
  const calls = ['first', 'second'].map((name) => here.call('record', [name], { signal }))
  while (said.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  controller.abort('enough')
  await Promise.all(calls.map((call) => expect(call).rejects.toBe('enough')))
  await expect(here.call('record', ['never'], { signal })).rejects.toBe('enough')
  await here.call('record', ['third'])
  expect([said, told]).toEqual([
    ['first', 'third'],
    [true, false],
  ])
})
