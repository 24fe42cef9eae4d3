import { expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import { freeze } from '../../src/model/freeze.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { adamW } from '../../src/optim/adam.js'
import { compose } from '../../src/transforms/compose.js'
import { randomResizedCrop } from '../../src/transforms/randomResizedCrop.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import type { Transform } from '../../src/transforms/transform.js'
import { transformModule } from '../../src/transforms/transformModule.js'
import { images, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const url = new URL('../data/transformModules/noise.js', import.meta.url)
const noise: ReturnType<typeof transformModule> = (await import(url.href)).default

async function run(step: Transform<never, never>, options: object = {}) {
  const model = await smallModel()
  freeze(model, { upTo: 'layer4' })
  const trainTransform = compose([randomResizedCrop(48), step, toTensor()] as unknown as [ReturnType<typeof toTensor>])
  const optimizer = adamW(paramGroups(model, { lr: 1e-3 }))
  const train = await images(8, 1)
  await fineTune(model, { train, epochs: 1, batchSize: 4, optimizer, trainTransform, seed: 1, threads: 1, ...options })
  return tensorsOf(model)
}

test('a run with a module has the weights of one with its transform, with any number of workers', async () => {
  const expected = await run(noise as never, { workers: 0 })
  for (const workers of [0, 1]) expect(await run(transformModule(url) as never, { workers })).toEqual(expected)
})

test('features are not kept on disk for a module, which may change under its name', async () => {
  const kept = run(transformModule(url) as never, { cacheFeatures: { views: 1, directory: '/nowhere' } })
  expect(await rejection(kept)).toMatchObject({ code: 'options/invalid' })
})
