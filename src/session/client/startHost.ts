import { WorkerThread } from '../../threads/WorkerThread.js'
import { sessionError } from '../errors.js'
import type { HostCalls } from '../protocol/HostCalls.js'

/** Starts the worker that hosts ONNX Runtime. Its calls are carried out one after another. */
export const startHost = (signal?: AbortSignal): WorkerThread<HostCalls> =>
  new WorkerThread<HostCalls>(
    {
      url: () => new URL('../host/host.worker.js', import.meta.url),
      inPage: 'host',
    },
    {
      died: (cause) => sessionError('session/worker-died', { problem: cause.message }, { cause }),
      last: 'release',
      signal,
    },
  )
