import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { Phase, PhasedOptions } from '../../src/finetune/options/phaseOptions.js'
import { fineTunePhases } from '../../src/finetune/phases/fineTunePhases.js'
import type { FineTuneEvent } from '../../src/finetune/record/events.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { adamW } from '../../src/optim/adam.js'
import { cosineSchedule } from '../../src/optim/schedules.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { thorough } from '../support/thorough.js'
import { failure, images, outcome, rejection, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(12, 0)
const validation = await images(4, 1)
const common = { train, validation, batchSize: 4, workers: 0, threads: 1, seed: 5 }

const FRONT = { upTo: 'layer4' }
const momentum = (model: Model) => sgd(paramGroups(model, { lr: 0.002, headLrMultiplier: 3 }), { momentum: 0.9 })
const falling: FineTuneOptions['schedule'] = ({ steps }) => cosineSchedule({ steps })
const PHASES: readonly Phase[] = [
  { freeze: FRONT, epochs: 1, lr: 0.01 },
  { freeze: /^conv1|^bn1/, epochs: 2, optimizer: momentum, schedule: falling },
]

async function begin(more: Partial<PhasedOptions> = {}) {
  const model = await smallModel()
  return { model, run: fineTunePhases(model, { ...common, phases: PHASES, ...more }) }
}

async function eventsOf(events: AsyncIterable<FineTuneEvent>): Promise<FineTuneEvent[]> {
  const all: FineTuneEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** Runs until an event, by its signal. */
async function interrupt(more: Partial<PhasedOptions>, isEnd: (event: FineTuneEvent) => boolean) {
  const controller = new AbortController()
  const { model, run } = await begin({ ...more, signal: controller.signal })
  const follow = async () => {
    for await (const event of run) if (isEnd(event)) controller.abort()
  }
  expect(await rejection(follow())).toBe(controller.signal.reason)
  return { model, run }
}

const whole = await begin()
const events = await eventsOf(whole.run)
const expected = outcome(whole.model, whole.run)

describe('a run of two phases', () => {
  test('is that of two calls one after the other, to the byte', async () => {
    const model = await smallModel()
    const options = { ...common, batchSize: 4 }
    freeze(model, FRONT)
    const first = fineTune(model, { ...options, epochs: 1, optimizer: adamW(model, { lr: 0.01 }) })
    await first
    model.frozen.clear()
    freeze(model, /^conv1|^bn1/)
    const second = fineTune(model, { ...options, seed: 6, epochs: 2, optimizer: momentum(model), schedule: falling })
    await second
    expect(tensorsOf(model)).toEqual(tensorsOf(whole.model))
    const losses = [...first.record.steps, ...second.record.steps].map(({ loss, learningRates }) => [
      loss,
      learningRates,
    ])
    expect(whole.run.record.steps.map(({ loss, learningRates }) => [loss, learningRates])).toEqual(losses)
  })

  test('is one stream of events, one record and one result, with epochs numbered through', async () => {
    const places = (type: string) =>
      events.flatMap((event) => (event.type === type && 'epochs' in event ? [[event.epoch, event.epochs]] : []))
    expect(places('epoch')).toEqual([1, 2, 3].map((epoch) => [epoch, 3]))
    expect(places('step')).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3].map((epoch) => [epoch, 3]))
    expect(events.filter(({ type }) => type === 'done')).toHaveLength(1)
    const { record } = whole.run
    expect(record.epochs.map(({ epoch, phase, steps }) => [epoch, phase, steps])).toEqual([
      [1, 1, 3],
      [2, 2, 6],
      [3, 2, 9],
    ])
    expect((await whole.run).epochs).toHaveLength(3)
    expect(record.settings).toMatchObject({
      epochs: 3,
      seed: 5,
      groups: [{ name: 'weights' }, { name: 'biasesAndNorms' }, { name: 'backbone' }, { name: 'head' }],
      phases: [
        { epochs: 1, trainable: 130, schedule: false, groups: [{ lr: 0.01 }, { lr: 0.01 }] },
        { epochs: 2, schedule: true, groups: [{ lr: 0.002 }, { lr: 0.006 }] },
      ],
    })
    expect(whole.model.frozen.size).toBe(0)
  })
})

describe('a run that goes on from a checkpoint ends as one that was never stopped, to the byte', () => {
  const isStep = (epoch: number, step: number) => (event: FineTuneEvent) =>
    event.type === 'step' && event.epoch === epoch && event.step === step
  const atEnd = (epoch: number) => (event: FineTuneEvent) => event.type === 'epoch' && event.epoch === epoch

  test.each([
    ['in the first phase', isStep(1, 2), 1],
    ['between the phases', atEnd(1), 2],
    ['in the second phase', isStep(2, 1), 2],
    ...(thorough ? ([['at the end of its first epoch', atEnd(2), 3]] as const) : []),
  ] as const)('stopped %s', async (_, isEnd, epoch) => {
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    const stopped = await interrupt({ checkpoint }, isEnd)
    expect(stopped.model.frozen.size).toBe(0)
    const again = await begin({ checkpoint, resume: 'auto' })
    const [first] = await eventsOf(again.run)
    expect(first).toMatchObject({ type: 'resumed', epoch, epochs: 3, differences: [] })
    expect(outcome(again.model, again.run)).toEqual(expected)
  })

  test.runIf(thorough)('with the average or the best weights, from which the second phase starts', async () => {
    for (const more of [{ ema: { decay: 0.5 } }, { keep: 'best' }] as const) {
      const undisturbed = await begin(more)
      await undisturbed.run
      const checkpoint = { directory: join(await directoryOf({}), 'run') }
      await interrupt({ ...more, checkpoint }, atEnd(1))
      const again = await begin({ ...more, checkpoint, resume: 'auto' })
      await again.run
      expect(outcome(again.model, again.run)).toEqual(outcome(undisturbed.model, undisturbed.run))
    }
  })

  test('other phases are another run', async () => {
    const checkpoint = { directory: join(await directoryOf({}), 'run') }
    await interrupt({ checkpoint }, isStep(1, 1))
    const phases = [PHASES[0]!, { ...PHASES[1]!, epochs: 3 }]
    const error = await failure((await begin({ checkpoint, resume: 'auto', phases })).run)
    expect(error).toMatchObject({
      code: 'train/checkpoint-differs',
      facts: { differences: expect.arrayContaining(['phase 2.epochs: 2, now 3']) },
    })
  })
})

describe('errors tell the phase', () => {
  const refused = async (second: Partial<Phase>, more: Partial<PhasedOptions> = {}) =>
    failure((async () => (await begin({ phases: [PHASES[0]!, { epochs: 1, ...second }], ...more })).run)())

  test.each([
    [{ freeze: 'layer9', lr: 1 }, "Phase 2 cannot be trained: 'layer9' matches no parameter"],
    [{ freeze: /./, lr: 1 }, 'Phase 2 cannot be trained: All 38 parameters are frozen'],
    [{ optimizer: () => 3 as never }, 'Phase 2 cannot be trained: optimizer must be an optimizer'],
    [
      { freeze: 'fc', optimizer: (model: Model) => sgd([{ name: 'all', params: [...model.parameters], lr: 1 }]) },
      'Phase 2 cannot be trained: The optimizer must update exactly the trainable parameters. Frozen or unknown: fc.weight',
    ],
  ])('%o', async (second, message) => {
    const error = await refused(second)
    expect(error).toMatchObject({ code: 'train/phase', facts: { phase: 2 } })
    expect(error.message).toContain(message)
  })

  test.each([
    [{}, {}, 'phases.1.optimizer'],
    [{ lr: 1, optimizer: momentum }, {}, 'phases.1.optimizer'],
    [{ lr: 0 }, {}, 'phases.1.lr'],
    [{ lr: 1 }, { phases: [] }, 'phases'],
    [{ lr: 1 }, { budget: 9 } as object, 'budget'],
    [{ lr: 1 }, { epochs: 2 } as object, 'epochs'],
    [{ lr: 1 }, { cacheFeatures: true, phases: [{ epochs: 1, lr: 1 }] }, 'cacheFeatures'],
    [{ lr: 1 }, { batchSize: 0 }, 'batchSize'],
    [{ lr: 1 }, { swa: { from: 1 } }, 'swa.from'],
  ])('%o %o', async (second, more, option) => {
    const error = await refused(second, more)
    expect(error).toMatchObject({
      code: 'options/invalid',
      facts: { option: expect.stringMatching(new RegExp(`^fineTune(Phases)?: ${option}$`)) },
    })
  })

  test('one that diverges, and the model is frozen as before', async () => {
    const diverging = { ...PHASES[1]!, epochs: 1, optimizer: (model: Model) => sgd(paramGroups(model, { lr: 1e30 })) }
    const { model, run } = await begin({ phases: [PHASES[0]!, diverging] })
    expect(await failure(run)).toMatchObject({ code: 'train/diverged', facts: { epoch: 2, phase: 2 } })
    expect(model.frozen.size).toBe(0)
  })
})
