/// <reference types="vite/client" />
import { expect, inject, onTestFinished, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { batch, groups, parameters, smallNet } from '../session/support/smallNet.js'
import { settings } from '../support/where.js'
import { CHANNEL, type Held } from './support/channel.js'
import measuredWorker from './support/measuredWorker.ts?worker&url'

const MIB = 2 ** 20

const STEPS = inject('memorySteps')

test(`${STEPS} steps leave heap, WebAssembly and GPU buffers as they were`, async () => {
  measureWorkers()
  const artifacts = await generateArtifacts(smallNet(), {
    requiresGrad: parameters,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: sgd(groups, { momentum: 0.9 }),
  })
  const session = await TrainingEngine.create({ artifacts, ...settings })
  onTestFinished(() => session.release())
  const steps = async (count: number) => {
    for (let step = 0; step < count; step++) await session.updateStep(batch(step % 3))
    return { heap: await heap(), ...(await held()) }
  }
  const before = await steps(STEPS / 10)
  const after = await steps(STEPS)
  expect(before.wasm).toBeGreaterThan(MIB)
  expect(before.gpuBuffers > 0).toBe(settings.executionProviders?.[0] === 'webgpu')
  expect(after.wasm).toBe(before.wasm)
  expect(after.gpuBuffers).toBe(before.gpuBuffers)
  expect(after.gpuBytes).toBe(before.gpuBytes)
  // A leak of one batch a step, of 3.8 kB, would come to 1.1 MB in 300 steps. On the GPU its buffers are counted.
  expect(after.heap - before.heap).toBeLessThan(MIB)
})

/** Lets the library start workers that tell what they hold. */
function measureWorkers(): void {
  const { Worker } = globalThis
  globalThis.Worker = class extends Worker {
    constructor(_: string | URL, options?: WorkerOptions) {
      super(measuredWorker, options)
    }
  }
  onTestFinished(() => {
    globalThis.Worker = Worker
  })
}

/** JavaScript's memory in this page and its workers, after a collection. */
async function heap(): Promise<number> {
  const measurable = performance as Performance & {
    measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>
  }
  return (await measurable.measureUserAgentSpecificMemory()).bytes
}

function held(): Promise<Held> {
  const channel = new BroadcastChannel(CHANNEL)
  return new Promise((resolve) => {
    channel.addEventListener('message', ({ data }) => {
      channel.close()
      resolve(data)
    })
    channel.postMessage('tell')
  })
}
