import { Worker } from 'node:worker_threads'
import { expect, test, vi } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { failure, images, smallModel } from './support/smallRun.js'

/** The threads that were started, to be ended from outside. */
const started = vi.hoisted((): Worker[] => [])
vi.mock('node:worker_threads', async (original) => {
  const threads = await original<typeof import('node:worker_threads')>()
  class Seen extends threads.Worker {
    constructor(...args: ConstructorParameters<typeof threads.Worker>) {
      super(...args)
      started.push(this)
    }
  }
  return { ...threads, Worker: Seen }
})

test('when the thread that hosts ONNX Runtime dies, the run says so and the model has the weights of the last epoch', async () => {
  const model = await smallModel()
  const before = new Map(model.parameters.map((name) => [name, model.get(name).data.slice()]))
  const run = fineTune(model, {
    train: await images(8, 0),
    epochs: 3,
    batchSize: 4,
    optimizer: sgd(paramGroups(model, { lr: 1e-2 })),
    workers: 0,
    threads: 1,
  })
  let weights: Map<string, Float32Array> | undefined
  const listen = async () => {
    for await (const event of run) {
      if (event.type === 'epoch' && event.epoch === 1)
        weights = new Map(model.parameters.map((name) => [name, model.get(name).data.slice()]))
      if (event.type === 'step' && event.epoch === 2) await started[0]!.terminate()
    }
  }
  const error = await failure(listen())
  expect(error).toMatchObject({ code: 'session/worker-died', facts: { problem: expect.stringMatching(/exit code 1/) } })
  expect([run.record.status, run.record.error?.code]).toEqual(['failed', 'session/worker-died'])
  expect(new Map(model.parameters.map((name) => [name, model.get(name).data]))).toEqual(weights)
  expect(weights).not.toEqual(before)
  expect(started).toHaveLength(1)
  expect(started[0]).toBeInstanceOf(Worker)
})
