import { describe, expect, test } from 'vitest'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { replaceHead } from '../../src/model/replaceHead.js'
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

  test.skipIf(isGpu)('leaves the page its frames, though a step takes many of them', async () => {
    const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 128, width: 16 })
    const model = replaceHead(backbone, { classes: ['blue', 'red'] })
    const options = await optionsFor(model, { epochs: 2, validation: undefined })
    const [tasks, frames, steps]: [PerformanceEntry[], number[], number[]] = [[], [], []]
    const observer = new PerformanceObserver((list) => void tasks.push(...list.getEntries()))
    observer.observe({ type: 'longtask' })
    const draw = (time: number) => {
      frames.push(time)
      if (steps.length < 6) requestAnimationFrame(draw)
    }
    requestAnimationFrame(draw)
    for await (const event of fineTune(model, options)) if (event.type === 'step') steps.push(performance.now())
    observer.disconnect()
    const [first, last] = [steps[0]!, steps.at(-1)!]
    const isWithin = (time: number) => time > first && time < last
    const blocked = tasks
      .filter(({ startTime }) => isWithin(startTime))
      .reduce((sum, { duration }) => sum + duration, 0)
    console.info(`frames a second: ${((1000 * frames.filter(isWithin).length) / (last - first)).toFixed(1)}`)
    expect(blocked / (last - first)).toBeLessThan(0.2)
    expect(frames.filter(isWithin).length).toBeGreaterThan(5 * steps.length)
  })
})
