import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { images, smallModel } from '../finetune/support/smallRun.js'
import { settings, where } from '../support/where.js'

const isGpu = where.target === 'webgpu'
describe('fineTune', () => {
  const optionsFor = async (model: Model, more: Partial<FineTuneOptions> = {}): Promise<FineTuneOptions> => ({
    train: await images(24, 0),
    validation: await images(8, 1),
    batchSize: 8,
    optimizer: sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2 })),
    workers: 2,
    ...settings,
    ...more,
  })

  test('learns from files that workers decode', async () => {
    const model = await smallModel()
    const { epochs } = await fineTune(model, await optionsFor(model, { epochs: isGpu ? 2 : 6 }))
    expect(epochs.at(-1)!.trainLoss).toBeLessThan(epochs[0]!.trainLoss / (isGpu ? 1 : 2))
    expect(epochs.at(-1)!.skipped).toEqual([])
    if (!isGpu) expect(epochs.at(-1)!.validation!.accuracy).toBe(1)
  })

  test('ends within a step of its signal, with its reason', async () => {
    const model = await smallModel()
    const controller = new AbortController()
    const reason = new Error('the tab was left')
    let steps = 0
    const train = async () => {
      for await (const event of fineTune(model, await optionsFor(model, { epochs: 9, signal: controller.signal })))
        if (event.type === 'step' && ++steps === 2) controller.abort(reason)
    }
    await expect(train()).rejects.toBe(reason)
    expect(steps).toBe(2)
  })
})
