import { fork } from 'node:child_process'
import type { WorkerHandle, WorkerPort } from '../contract.js'
import { jobScript } from './workers.js'

/** Starts a process of Node that runs a script, connected by messages. It has none of the options of this one. */
export function startProcess(script: URL = jobScript()): WorkerHandle {
  const child = fork(script, { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  let stopped = false
  return {
    // A message that a dying process does not take is answered by its exit.
    post: (message) => void (child.connected && child.send(message as object, () => {})),
    onMessage: (listener) => void child.on('message', (message) => stopped || listener(message)),
    onFailure(listener) {
      child.on('error', (error) => stopped || listener(error))
      child.on('exit', (code, signal) => stopped || listener(new Error(`The process ended with ${signal ?? code}`)))
    },
    keepAlive(on) {
      for (const handle of [child, child.channel]) on ? handle?.ref() : handle?.unref()
    },
    async stop() {
      stopped = true
      // Its end is awaited, whatever else this process does.
      child.ref()
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Returns, inside such a process, the port to the one that started it. */
export function parentProcess(): WorkerPort {
  if (!process.send) throw new Error('Not inside a worker')
  return {
    post: (message) => void process.send!(message as object, () => {}),
    onMessage: (listener) => void process.on('message', listener),
  }
}
