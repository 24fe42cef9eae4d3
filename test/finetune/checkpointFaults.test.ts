import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { CheckpointFiles } from '../../src/finetune/checkpoint/CheckpointFiles.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { saveWeights } from '../../src/model/saveWeights.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { disk } from '../support/faultyDisk.js'
import { failure, images, smallModel } from './support/smallRun.js'
import { stateAfter } from './support/state.js'

vi.mock('node:fs/promises', async (real) => (await import('../support/faultyDisk.js')).faulty(await real()))

const train = await images(12, 0)

/** Of the head alone, on features: quick. */
async function begin(more: Partial<FineTuneOptions>) {
  const model = await smallModel()
  freeze(model, { upTo: 'layer4' })
  const optimizer = sgd(paramGroups(model, { lr: 0.02, headLrMultiplier: 2, momentum: 0.9 }))
  const options = { train, epochs: 2, batchSize: 4, optimizer, workers: 0, threads: 1, cacheFeatures: true }
  return { model, run: fineTune(model, { ...options, ...more }) }
}

async function eventsOf(run: AsyncIterable<FineTuneEvent>, heard: (event: FineTuneEvent) => void = () => {}) {
  const events: FineTuneEvent[] = []
  for await (const event of run) {
    heard(event)
    events.push(event)
  }
  return events
}

/** The disk is full from the first event on that `from` names, until one that `to` names. */
async function withFullDisk(root: string, run: AsyncIterable<FineTuneEvent>, from: number, to: number) {
  let steps = 0
  let restore = () => {}
  const events = await eventsOf(run, ({ type }) => {
    if (type === 'step' && ++steps === from)
      void disk.during(
        root,
        { at: 0, fault: 'ENOSPC', onwards: true },
        () => new Promise<void>((end) => (restore = end)),
      )
    if (type === 'step' && steps === to) restore()
  })
  restore()
  return events
}

const weightsOf = (model: Model) => Buffer.from(saveWeights(model)).toString('base64')

describe('a run whose disk is full for a while', () => {
  test('warns, trains as if nothing were, and writes the next checkpoint again', async () => {
    const undisturbed = await begin({})
    await undisturbed.run
    const directory = join(await directoryOf({}), 'run')
    const { model, run } = await begin({ checkpoint: { directory, everySteps: 1, keep: 9 } })
    const events = await withFullDisk(directory, run, 2, 4)
    expect(weightsOf(model)).toBe(weightsOf(undisturbed.model))
    const told = events.filter(({ type }) => type === 'checkpoint' || type === 'warning').map(({ type }) => type)
    expect(told).toEqual(['checkpoint', 'warning', 'warning', 'checkpoint', 'checkpoint', 'checkpoint', 'checkpoint'])
    expect(events.find(({ type }) => type === 'warning')).toMatchObject({
      code: 'train/checkpoint-not-kept',
      message: expect.stringMatching(/step-00000002.*the disk is full: free space/),
      facts: { file: join(directory, 'step-00000002.safetensors') },
    })
    expect((await readdir(directory)).sort()).toEqual([1, 4, 5, 6].map((n) => `step-0000000${n}.safetensors`))
  })

  test('ends where that was its first checkpoint: nothing would protect it', async () => {
    const directory = join(await directoryOf({}), 'run')
    const { model, run } = await begin({ checkpoint: { directory, everySteps: 1 } })
    const before = weightsOf(model)
    expect((await failure(withFullDisk(directory, run, 1, 99))).code).toBe('train/checkpoint-not-kept')
    expect(run.record).toMatchObject({ status: 'failed', steps: [{ step: 1 }] })
    expect(weightsOf(model)).not.toBe(before)
    expect(await readdir(directory)).toEqual([])
  })

  test('is told of its last checkpoint by the promise where it was stopped', async () => {
    const directory = join(await directoryOf({}), 'run')
    const controller = new AbortController()
    const { run } = await begin({ checkpoint: { directory, everySteps: 2 }, signal: controller.signal })
    const end = withFullDisk(directory, watched(run, 3, controller), 3, 99)
    expect((await failure(end)).code).toBe('train/checkpoint-not-kept')
    expect(await readdir(directory)).toEqual(['step-00000002.safetensors'])
  })

  test('warns where features cannot be kept, and trains on', async () => {
    const undisturbed = await begin({})
    await undisturbed.run
    const root = await directoryOf({})
    const { model, run } = await begin({ cacheFeatures: { directory: root } })
    const events = await disk.during(root, { at: 1, fault: 'ENOSPC', onwards: true }, () => eventsOf(run))
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'train/features-not-kept' }])
    expect(weightsOf(model)).toBe(weightsOf(undisturbed.model))
    expect(await readdir(root)).toEqual([])
  })
})

async function* watched(run: AsyncIterable<FineTuneEvent>, steps: number, controller: AbortController) {
  for await (const event of run) {
    yield event
    if (event.type === 'step' && event.step === steps) controller.abort()
  }
}

describe('a directory of checkpoints', () => {
  test('is of one run at a time: another one is refused, and changes nothing; then it is free', async () => {
    const directory = join(await directoryOf({}), 'run')
    const first = await begin({ checkpoint: { directory, everySteps: 1 } })
    for await (const { type } of first.run) {
      if (type !== 'checkpoint') continue
      const names = await readdir(directory)
      for (const resume of [undefined, 'auto'] as const) {
        const other = await begin({ checkpoint: { directory }, resume })
        expect(await failure(other.run)).toMatchObject({
          code: 'train/checkpoints-in-use',
          facts: { directory, heldBy: `process ${process.pid}` },
        })
      }
      expect(await readdir(directory)).toEqual(names)
      break
    }
    // Nor does a run that is refused for another reason keep it.
    expect((await failure((await begin({ checkpoint: { directory } })).run)).code).toBe('train/checkpoints-there')
    const last = await begin({ checkpoint: { directory }, resume: 'auto' })
    expect((await eventsOf(last.run))[0]).toMatchObject({ type: 'resumed' })
  })

  test('keeps the newest that can be read where newer ones are broken', async () => {
    const directory = await directoryOf({})
    const files = new CheckpointFiles(directory)
    for (const updates of [8, 9]) await writeFile(join(directory, `step-0000000${updates}.safetensors`), 'broken')
    for (const updates of [3, 4, 5]) await files.write(stateAfter(updates), 2)
    expect((await readdir(directory)).sort()).toEqual([4, 5, 8, 9].map((n) => `step-0000000${n}.safetensors`))
    expect((await files.find())!.state.position.updates).toBe(5)
    for (const updates of [9, 10]) await files.write(stateAfter(updates), 2)
    expect((await readdir(directory)).sort()).toEqual(['step-00000009.safetensors', 'step-00000010.safetensors'])
  })
})
