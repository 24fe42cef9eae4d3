import { expect, test, vi } from 'vitest'
import { createLoader } from '../../src/data/createLoader.js'
import type { ImageDataset } from '../../src/data/dataset.js'
import type * as NodePlatform from '../../src/platform/node.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { collect, errorOf } from './support.js'

/** A worker that dies when it is asked for something. */
const mortal = vi.hoisted(
  () => `import { parentPort } from 'node:worker_threads'
parentPort.on('message', ({ type }) => type === 'prepare' && process.exit(3))`,
)

vi.mock('../../src/platform/node.js', async (original) => {
  const platform = await original<typeof NodePlatform>()
  const url = new URL(`data:text/javascript,${encodeURIComponent(mortal)}`)
  return { ...platform, startWorker: () => platform.startWorker({ url: () => url, inPage: () => new Worker(url) }) }
})

test('a worker that dies is an error, then and later', async () => {
  const dataset: ImageDataset = { classes: ['a'], samples: [{ source: 'a.png', label: 0 }] }
  const loader = createLoader(dataset, { transform: toTensor(), batchSize: 1, workers: 1 })
  const error = await errorOf(collect(loader.epoch(0)))
  expect(error.code).toBe('data/worker-failed')
  expect(error.message).toBe('A loading worker died: The worker stopped with exit code 3')
  expect((await errorOf(collect(loader.epoch(1)))).code).toBe('data/worker-failed')
  await loader.close()
})
