import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { expect, test, vi } from 'vitest'
import { dataError } from '../../src/data/errors.js'
import { Transferred } from '../../src/threads/methods.js'
import { serveParent } from '../../src/threads/serveParent.js'
import { WorkerThread } from '../../src/threads/WorkerThread.js'

vi.mock('#platform', () => import('../../src/platform/web/platform.js'))

interface Doubler {
  double(numbers: Float32Array): Promise<Float32Array>
  fail(): Promise<void>
}

/** A browser's Worker, as much of it as is used, on a channel that clones and hands over as a browser does. */
class PageWorker {
  static current: PageWorker
  readonly #errors: ((event: never) => void)[] = []
  readonly #port: MessagePort
  terminated = false

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    PageWorker.current = this
    vi.stubGlobal('postMessage', (message: unknown, transfer: ArrayBuffer[]) => port2.postMessage(message, transfer))
    vi.stubGlobal('addEventListener', (_: 'message', listener: (event: { data: unknown }) => void) =>
      port2.on('message', (data) => listener({ data })),
    )
  }
  postMessage(message: unknown, transfer: ArrayBuffer[]) {
    this.#port.postMessage(message, transfer)
  }
  addEventListener(type: 'message' | 'error', listener: (event: never) => void) {
    if (type === 'error') this.#errors.push(listener)
    else this.#port.on('message', (data: unknown) => listener({ data } as never))
  }
  die(message: string) {
    for (const listener of this.#errors) listener({ message } as never)
  }
  terminate() {
    this.terminated = true
    this.#port.close()
  }
}

function start() {
  vi.stubGlobal('Worker', PageWorker)
  const script = { url: () => new URL('file:///none'), inPage: 'host' } as const
  const thread = new WorkerThread<Doubler>(script, { died: ({ message }) => new Error(`died: ${message}`) })
  serveParent<Doubler>({
    handlers: {
      double([numbers]) {
        const doubled = numbers.map((value) => 2 * value)
        return new Transferred(doubled, [doubled.buffer])
      },
      fail: () => Promise.reject(dataError('data/closed', {})),
    },
  })
  return thread
}

test("a browser's worker is called, hands over, fails and ends as a thread of Node does", async () => {
  const thread = start()
  const numbers = Float32Array.of(1, 2)
  expect(await thread.call('double', [numbers], { transfer: [numbers.buffer] })).toEqual(Float32Array.of(2, 4))
  expect(numbers.length).toBe(0)
  await expect(thread.call('fail', [])).rejects.toMatchObject({ code: 'data/closed' })
  await thread.end('over')
  await expect(thread.call('fail', [])).rejects.toBe('over')
  expect(PageWorker.current.terminated).toBe(true)
})

test("when a browser's worker dies, what waits is rejected", async () => {
  const thread = start()
  const waiting = thread.call('double', [Float32Array.of(1)])
  PageWorker.current.die('no memory')
  await expect(waiting).rejects.toThrow('died: no memory')
  expect(PageWorker.current.terminated).toBe(true)
})
