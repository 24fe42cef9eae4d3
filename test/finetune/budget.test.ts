import { describe, expect, test } from 'vitest'
import { fineTune } from '../../src/finetune/fineTune.js'
import { Budget, budgetSchema } from '../../src/finetune/options/Budget.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import type { EpochEvent, StepEvent } from '../../src/finetune/record/events.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { cosineSchedule } from '../../src/optim/schedules.js'
import { sgd } from '../../src/optim/sgd.js'
import { directoryOf } from '../data/support.js'
import { failure, images, smallModel, tensorsOf } from './support/smallRun.js'

const train = await images(32, 0)
const validation = await images(8, 1)

const optionsFor = (model: Model, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  ...{ train, validation, epochs: 2, batchSize: 8, workers: 0, threads: 1, cacheFeatures: false },
  optimizer: sgd(paramGroups(model, { lr: 0.02 })),
  schedule: ({ steps }) => cosineSchedule({ steps }),
  ...more,
})

test.each([
  [90, 90],
  ['90s', 90],
  ['10m', 600],
  ['1h30m', 5400],
  ['1h0m5s', 3605],
])('%j are %d seconds', (text, seconds) => {
  expect(budgetSchema.parse(text)).toBe(seconds)
})

test.each([0, -1, Number.NaN, Infinity, '', '10', '10 m', 'm', '0s', '5m1h', true, null])(
  '%j is no time',
  async (budget) => {
    const model = await smallModel()
    const run = async () => fineTune(model, optionsFor(model, { budget: budget as never }))
    expect(await failure(run())).toMatchObject({ code: 'options/invalid', facts: { option: 'fineTune: budget' } })
  },
)

describe('the clock', () => {
  const at = (seconds: number, updates = 0) => ({ seconds, updates }) as never

  test('the place in the schedule follows the steps, unless the time runs ahead of them', () => {
    const budget = new Budget(110, 101, 0)
    expect(budget.positionOf(at(10))).toBe(0)
    expect(budget.positionOf(at(11, 1))).toBe(1)
    expect(budget.positionOf(at(11, 5))).toBe(5)
    expect(budget.positionOf(at(60, 5))).toBe(50)
    expect(budget.positionOf(at(59, 6))).toBe(50)
    expect(budget.positionOf(at(110, 6))).toBe(100)
    expect(new Budget(undefined, 101, 0).positionOf(at(1e9, 7))).toBe(7)
  })

  test('a step is begun where it ends in time, with the validation behind it', () => {
    const budget = new Budget(100, 1000, 4)
    expect(budget.isOver(at(1e3))).toBe(false)
    budget.stepped(50)
    expect(budget.isOver(at(1e3))).toBe(false)
    budget.stepped(2)
    budget.stepped(4)
    // Three seconds for the step, and as many for each of the four batches.
    expect([budget.isOver(at(85)), budget.isOver(at(86))]).toEqual([false, true])
    budget.validated(5)
    expect([budget.isOver(at(92)), budget.isOver(at(93))]).toEqual([false, true])
    expect([budget.left(at(93)), budget.left(at(200))]).toEqual([7, 0])
    budget.positionOf(at(50))
    const resumed = new Budget(100, 1000, 4, budget.state)
    expect([resumed.isOver(at(92)), resumed.isOver(at(93))]).toEqual([false, true])
  })
})

test('a run that has time enough is that without a budget', async () => {
  const [free, bound] = [await smallModel(), await smallModel()]
  await fineTune(free, optionsFor(free))
  const run = fineTune(bound, optionsFor(bound, { budget: '1h' }))
  const left: number[] = []
  for await (const event of run) if (event.type === 'step') left.push(event.budgetLeft!)
  expect(tensorsOf(bound)).toEqual(tensorsOf(free))
  expect(run.record.settings.budget).toBe(3600)
  expect(left).toHaveLength(8)
  expect(left).toEqual([...left].sort((a, b) => b - a))
})

test('a run whose time is up validates, ends in time, and its schedule is at its end', async () => {
  const model = await smallModel()
  const directory = await directoryOf({})
  const options = optionsFor(model, { budget: 4, epochs: 10_000, checkpoint: { directory } })
  const run = fineTune(model, options)
  const steps: StepEvent[] = []
  const epochs: EpochEvent[] = []
  for await (const event of run)
    if (event.type === 'step') steps.push(event)
    else if (event.type === 'epoch') epochs.push(event)
  const { seconds, validation } = await run
  const left = [4, ...steps.map(({ budgetLeft }) => budgetLeft!)]
  const slowest = Math.max(...left.slice(1).map((after, i) => left[i]! - after))
  expect(seconds).toBeLessThan(4 + 3 * slowest)
  expect(seconds).toBeGreaterThan(Math.min(2, 4 - 3 * slowest))
  expect(epochs.length).toBeLessThan(10_000)
  expect(validation).toEqual(epochs.at(-1)!.validation)
  expect(validation!.examples).toBe(8)
  const rates = steps.map(({ learningRates }) => learningRates.backbone!)
  expect(rates[0]).toBeGreaterThan(0.0195)
  // Less than three steps before the end of half a cosine.
  expect(rates.at(-1)).toBeLessThan(
    0.001 + cosineSchedule({ steps: 1000 })(1000 * (1 - Math.min((3 * slowest) / 4, 1))) * 0.02,
  )
  expect(rates).toEqual([...rates].sort((a, b) => b - a))

  // Nothing is left to do, and the end says the same.
  const again = fineTune(model, { ...options, resume: 'auto' })
  const types: string[] = []
  for await (const { type } of again) types.push(type)
  expect(types).toEqual(['resumed', 'done'])
  expect((await again).epochs).toEqual(run.record.epochs.map(({ time, steps, ...epoch }) => epoch))
})
