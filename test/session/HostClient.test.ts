import { expect, test, vi } from 'vitest'
import { FineTuneError } from '../../src/errors.js'
import { HostClient } from '../../src/session/HostClient.js'

/** A worker that answers nothing, and dies when the test says so. */
const worker = vi.hoisted(() => ({ die: (_: Error): void => undefined, stopped: 0, posted: [] as unknown[] }))
vi.mock('#platform', () => ({
  startWorker: () => ({
    post: (message: unknown) => worker.posted.push(message),
    onMessage: () => undefined,
    keepAlive: () => undefined,
    onFailure: (listener: (error: Error) => void) => {
      worker.die = listener
    },
    stop: async () => void worker.stopped++,
  }),
}))

test('when the worker dies, every call that waits and every later one is rejected', async () => {
  const client = new HostClient()
  const waiting = [client.call('lazyResetGrad', []), client.call('getParameters', [undefined])]
  worker.die(new Error('out of memory'))
  for (const call of waiting)
    await expect(call).rejects.toMatchObject({ code: 'session/worker-died', facts: { problem: 'out of memory' } })
  await expect(client.call('evalStep', [{}])).rejects.toMatchObject({ code: 'session/worker-died' })
  expect([worker.posted.length, worker.stopped]).toEqual([2, 1])
  await client.end(new FineTuneError('session/released', {}))
  expect(worker.stopped).toBe(1)
})
