import { beforeEach, expect, test, vi } from 'vitest'
import type { Message } from '../../src/threads/messages.js'
import { WorkerThread } from '../../src/threads/WorkerThread.js'

/** A worker that answers, or dies, when the test says so. */
const worker = vi.hoisted(() => ({
  posted: [] as Message[],
  stopped: 0,
  keptAlive: [] as boolean[],
  die: (_: Error): void => undefined,
  answer: (_: Message): void => undefined,
}))
vi.mock('#platform', () => ({
  startWorker: () => ({
    post: (message: Message) => worker.posted.push(message),
    onMessage: (listener: (message: unknown) => void) => {
      worker.answer = listener
    },
    onFailure: (listener: (error: Error) => void) => {
      worker.die = listener
    },
    keepAlive: (on: boolean) => worker.keptAlive.push(on),
    stop: async () => void worker.stopped++,
  }),
}))
beforeEach(() => Object.assign(worker, { posted: [], stopped: 0, keptAlive: [] }))

interface Counter {
  add(numbers: Float32Array): Promise<number>
  total(): Promise<number>
  free(): Promise<void>
}
const script = { url: () => new URL('file:///none'), inPage: 'host' } as const
const start = (signal?: AbortSignal) =>
  new WorkerThread<Counter>(script, { died: ({ message }) => `died: ${message}`, last: 'free', signal })
const calls = () => worker.posted.map((message) => (message.type === 'call' ? message.method : message))

test('when the worker dies, every call that waits and every later one is rejected', async () => {
  const thread = start()
  const waiting = [thread.call('add', [new Float32Array()]), thread.call('total', [])]
  worker.die(new Error('out of memory'))
  for (const call of waiting) await expect(call).rejects.toBe('died: out of memory')
  await expect(thread.call('total', [])).rejects.toBe('died: out of memory')
  await thread.end(new Error('released'))
  expect([worker.posted.length, worker.stopped]).toEqual([2, 1])
})

test('aborting rejects at once, but lets a computation that is under way come to its end', async () => {
  const controller = new AbortController()
  const thread = start(controller.signal)
  const waiting = thread.call('total', [])
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(thread.call('total', [])).rejects.toBe('enough')
  expect(calls()).toEqual(['total', { type: 'cancel', ids: [0] }, 'free'])
  expect(worker.stopped).toBe(0)
  worker.answer({ type: 'result', id: 0, result: 7 })
  worker.answer({ type: 'result', id: 1, result: undefined })
  await thread.end(new Error('released'))
  expect(worker.stopped).toBe(1)
})

test('a worker that dies while it is ended is ended', async () => {
  const thread = start()
  const ended = thread.end('released')
  worker.die(new Error('exit'))
  await ended
  expect(worker.stopped).toBe(1)
})

test('one signal for many calls is listened to once, and no more once they are answered', async () => {
  const thread = start()
  const { signal, count } = listeners()
  const waiting = Array.from({ length: 50 }, () => thread.call('total', [], { signal }))
  expect(count()).toBe(1)
  for (const id of waiting.keys()) worker.answer({ type: 'result', id, result: id })
  expect(await Promise.all(waiting)).toEqual([...waiting.keys()])
  expect(count()).toBe(0)
})

test('a process waits for a worker only while calls wait for it', async () => {
  const thread = start()
  const [first, second] = [thread.call('total', []), thread.call('total', [])]
  worker.answer({ type: 'result', id: 0, result: 1 })
  await first
  expect(worker.keptAlive).toEqual([false, true, true, true])
  worker.answer({ type: 'result', id: 1, result: 1 })
  await second
  expect(worker.keptAlive.at(-1)).toBe(false)
})

/** A signal, and how many listen to it. */
function listeners() {
  const { signal } = new AbortController()
  const add = vi.spyOn(signal, 'addEventListener')
  const remove = vi.spyOn(signal, 'removeEventListener')
  return { signal, count: () => add.mock.calls.length - remove.mock.calls.length }
}
