import { beforeEach, expect, test, vi } from 'vitest'
import { HostClient } from '../../src/session/client/HostClient.js'
import type { HostReply, HostRequest } from '../../src/session/protocol/messages.js'

/** A worker that answers, or dies, when the test says so. */
const worker = vi.hoisted(() => ({
  posted: [] as HostRequest[],
  stopped: 0,
  die: (_: Error): void => undefined,
  answer: (_: HostReply): void => undefined,
}))
vi.mock('#platform', () => ({
  startWorker: () => ({
    post: (message: HostRequest) => worker.posted.push(message),
    onMessage: (listener: (message: unknown) => void) => {
      worker.answer = listener
    },
    onFailure: (listener: (error: Error) => void) => {
      worker.die = listener
    },
    keepAlive: () => undefined,
    stop: async () => void worker.stopped++,
  }),
}))
beforeEach(() => {
  worker.posted = []
  worker.stopped = 0
})

test('when the worker dies, every call that waits and every later one is rejected', async () => {
  const client = new HostClient()
  const waiting = [client.call('lazyResetGrad', []), client.call('getParameters', [undefined])]
  worker.die(new Error('out of memory'))
  for (const call of waiting)
    await expect(call).rejects.toMatchObject({ code: 'session/worker-died', facts: { problem: 'out of memory' } })
  await expect(client.call('evalStep', [{}])).rejects.toMatchObject({ code: 'session/worker-died' })
  await client.end(new Error('released'))
  expect([worker.posted.length, worker.stopped]).toEqual([2, 1])
})

test('aborting rejects at once, but lets a computation that is under way come to its end', async () => {
  const controller = new AbortController()
  const client = new HostClient(controller.signal)
  const waiting = client.call('trainStep', [{}])
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(client.call('lazyResetGrad', [])).rejects.toBe('enough')
  expect(worker.posted.map(({ call, args }) => [call, args])).toEqual([
    ['trainStep', [{}]],
    ['release', [true]],
  ])
  expect(worker.stopped).toBe(0)
  worker.answer({ id: 0, result: {} })
  worker.answer({ id: 1, result: undefined })
  await client.end(new Error('released'))
  expect(worker.stopped).toBe(1)
})
