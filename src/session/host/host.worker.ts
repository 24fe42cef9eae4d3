import { workerPort } from '#platform'
import type { CheckpointState } from '../../contract/CheckpointState.js'
import { errorToPlain, FineTuneError } from '../../errors.js'
import { typedIfOutOfMemory } from '../../runtime/outOfMemory.js'
import type { HostCall, HostOptions, HostReply, HostRequest, Tensors } from '../protocol/messages.js'
import { buffersOf, checkpointBuffers } from '../protocol/transfer.js'
import { TrainingHost } from './TrainingHost.js'

/** The thread that hosts ONNX Runtime. Requests are carried out one after the other. */
const port = workerPort()
let host: TrainingHost | undefined
let last: Promise<void> = Promise.resolve()
let dropQueue = false

port.onMessage((message) => {
  const request = message as HostRequest
  if (request.call === 'release' && request.args[0]) dropQueue = true
  last = last.then(() => answer(request))
})

async function answer({ id, call, args, lent }: HostRequest): Promise<void> {
  try {
    const result = await carryOut(call, args)
    const returned = lent ? buffersOf(args[0] as Tensors) : []
    send({ id, result, returned }, [...transferOf(call, result), ...returned])
  } catch (error) {
    send({ id, error: errorToPlain(typedIfOutOfMemory(error, call, () => error)) })
  }
}

async function carryOut(call: HostCall, args: readonly unknown[]): Promise<unknown> {
  if (call === 'release') return host?.release()
  if (dropQueue) throw new FineTuneError('session/released', {})
  if (call === 'open') {
    host = await TrainingHost.open(args[0] as HostOptions)
    return host.facts
  }
  return (host![call] as (...args: readonly unknown[]) => Promise<unknown>).apply(host, [...args])
}

function transferOf(call: HostCall, result: unknown): ArrayBuffer[] {
  if (call === 'getCheckpoint') return checkpointBuffers(result as CheckpointState)
  return returnsTensors.has(call) ? buffersOf(result as Tensors) : []
}

const returnsTensors = new Set<HostCall>(['trainStep', 'updateStep', 'evalStep', 'getParameters', 'getGradients'])

function send(message: HostReply, transfer: readonly ArrayBuffer[] = []): void {
  port.post(message, transfer)
}
