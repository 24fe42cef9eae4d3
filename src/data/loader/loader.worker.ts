import { workerPort } from '#platform'
import { errorFromPlain, errorToPlain } from '../../errors.js'
import { readSample } from '../dataset/dataset.js'
import { openJob, type SampleWork } from './jobs.js'
import { AT_ONCE, TaskQueue } from './taskQueue.js'
import { type FromWorker, type ToWorker, toSent } from './workerMessages.js'

/** A loading worker: prepares samples by index until it is stopped. */
const port = workerPort()
const queue = new TaskQueue(AT_ONCE)
const requests = new Map<number, { resolve(bytes: Uint8Array): void; reject(error: Error): void }>()
let work: SampleWork | undefined

port.onMessage((data) => {
  const message = data as ToWorker
  if (message.type === 'open') open(message)
  if (message.type === 'prepare') queue.add(message.run, () => prepare(message))
  if (message.type === 'drop') queue.drop(message.run)
  if (message.type === 'bytes') settle(message.request)?.resolve(message.bytes)
  if (message.type === 'noBytes') settle(message.request)?.reject(errorFromPlain(message.error))
})

function open({ job, sources, remoteRead }: ToWorker & { type: 'open' }): void {
  const samples = sources.map((source) => ({ source, label: 0 }))
  const read = (index: number) => (remoteRead ? requestBytes(index) : readSample({ classes: [], samples }, index))
  work = openJob(job, { read, sourceOf: (index) => sources[index]! })
  send({ type: 'ready' })
}

async function prepare({ id, index, epoch }: ToWorker & { type: 'prepare' }): Promise<void> {
  try {
    const { sent, transfer } = toSent(await work!.prepare(index, epoch))
    send({ type: 'prepared', id, value: sent }, transfer)
  } catch (error) {
    send({ type: 'failed', id, error: errorToPlain(error) })
  }
}

let nextRequest = 0
function requestBytes(index: number): Promise<Uint8Array> {
  const request = nextRequest++
  send({ type: 'read', request, index })
  return new Promise((resolve, reject) => requests.set(request, { resolve, reject }))
}

function settle(request: number) {
  const waiting = requests.get(request)
  requests.delete(request)
  return waiting
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.post(message, transfer)
}
