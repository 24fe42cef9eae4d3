import { describe, expect, test } from 'vitest'
import { readBytes } from '#platform'
import { isFineTuneError } from '../../src/errors.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { type AdamGroup, adam, adamW } from '../../src/optim/adam.js'
import {
  exponentialSchedule,
  multiStepSchedule,
  polynomialSchedule,
  stepSchedule,
} from '../../src/optim/decaySchedules.js'
import { lamb } from '../../src/optim/lamb.js'
import { lion } from '../../src/optim/lion.js'
import type { Optimizer, ParamGroup } from '../../src/optim/Optimizer.js'
import { plateauSchedule } from '../../src/optim/plateauSchedule.js'
import { rmsProp } from '../../src/optim/rmsProp.js'
import {
  constantSchedule,
  cosineRestartsSchedule,
  cosineSchedule,
  linearWarmupSchedule,
  oneCycleSchedule,
  type Schedule,
} from '../../src/optim/schedules.js'
import { sgd } from '../../src/optim/sgd.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

interface Group {
  readonly params: readonly string[]
  readonly lr: number
  readonly weight_decay?: number
}
interface Golden {
  readonly dims: Record<string, number[]>
  readonly start: Record<string, number[]>
  readonly gradients: Record<string, number[]>[]
  readonly cases: { name: string; groups: Group[]; after: ({ step: number } & Record<string, number[]>)[] }[]
  readonly schedules: Record<string, number[]>
  readonly plateaus: Record<string, number[]>
}
const file = await readBytes(new URL('../golden/optim/optim.json', import.meta.url))
const golden = JSON.parse(new TextDecoder().decode(file)) as Golden

const optimizers: Record<string, (groups: never[]) => Optimizer> = { sgd, adam, adamW, rmsProp, lion, lamb }

/** torch's spelling to ours. */
const toGroups = (groups: readonly Group[]) =>
  groups.map(({ weight_decay, ...group }, i) => ({
    name: `group ${i}`,
    ...group,
    ...(weight_decay !== undefined && { weightDecay: weight_decay }),
  }))

describe('equals torch.optim', () => {
  /** As they are, and as weights of 1x1 convolutions, which are updated as vectors. */
  const cases = golden.cases.flatMap((each) => [
    { ...each, ones: [] },
    { ...each, ones: [1, 1] },
  ])
  test.each(cases)('$name, dimensions after the golden ones: $ones', async ({ name, groups, after, ones }) => {
    const optimizer = optimizers[name.split(' ')[0]!]!(toGroups(groups) as never[])
    const names = Object.keys(golden.dims)
    const dims = new Map(names.map((of) => [of, [...golden.dims[of]!, ...ones]]))
    const graph = optimizer.buildGraph(dims)
    const tensor = (values: Record<string, number[]>, of: string) => float32(values[of]!, dims.get(of)!)
    const zeros = (of: string) => float32(new Float32Array(golden.start[of]!.length), dims.get(of)!)
    const values: Record<string, Tensor> = {}
    for (const of of names) {
      values[of] = tensor(golden.start, of)
      for (const state of optimizer.stateNames(of)) values[state] = zeros(of)
    }
    for (const [step, gradients] of golden.gradients.entries()) {
      const rates = groups.map(({ lr }) => (step < 3 ? lr : lr / 2))
      for (const of of names) values[`${of}_grad`] = tensor(gradients, of)
      const feeds = { ...values, learning_rate: float32(rates, [rates.length]), step: int64([step + 1]) }
      for (const [output, result] of Object.entries(await runStock(graph, feeds)))
        values[output.replace(/\.out$/, '')] = result
      const expected = after.find((each) => each.step === step + 1)
      for (const of of expected ? names : [])
        expectClose(values[of], tensor(expected!, of), 2e-6, `${of} after step ${step + 1}`)
    }
  })
})

test.each<[string, Schedule]>([
  ['cosine', cosineSchedule({ steps: 10, minFactor: 0.1 })],
  ['oneCycle', oneCycleSchedule({ steps: 11 })],
  ['oneCycle, linear', oneCycleSchedule({ steps: 11, anneal: 'linear' })],
  ['step', stepSchedule({ every: 3, gamma: 0.5 })],
  ['multiStep', multiStepSchedule({ milestones: [2, 3, 7] })],
  ['exponential', exponentialSchedule({ gamma: 0.9 })],
  ['polynomial', polynomialSchedule({ steps: 8, power: 2 })],
  ['restarts', cosineRestartsSchedule({ steps: 3, multiplier: 2, minFactor: 0.1 })],
  ['linearWarmup', linearWarmupSchedule({ steps: 4, startFactor: 0.25 })],
])('%s equals the scheduler of torch', (name, schedule) => {
  for (const [step, rate] of golden.schedules[name]!.entries()) expect(schedule(step)).toBeCloseTo(rate, 10)
})

test.each([
  ['plain', { patience: 1, gamma: 0.5 }],
  ['cooldown', { patience: 1, gamma: 0.5, cooldown: 2, threshold: 0.05 }],
  ['accuracy', { monitor: 'accuracy' as const, patience: 0, gamma: 0.5, minFactor: 0.1 }],
])('plateauSchedule equals ReduceLROnPlateau of torch: %s', (name, options) => {
  const schedule = plateauSchedule(options)
  const epochs = golden.plateaus.losses!.map((loss) => ({
    trainLoss: Number.NaN,
    trainAccuracy: Number.NaN,
    validation: { loss, accuracy: 1 - loss },
  }))
  expect(schedule(7)).toBe(1)
  const unvalidated = epochs.map(({ validation }) => ({
    trainLoss: validation.loss,
    trainAccuracy: validation.accuracy,
  }))
  expect(schedule(7, unvalidated)).toBe(schedule(7, epochs))
  for (const [i, rate] of golden.plateaus[name]!.entries())
    expect(schedule(7, epochs.slice(0, i + 1)), `after epoch ${i + 1}`).toBeCloseTo(rate, 10)
})

test('schedules go on after their last step', () => {
  expect(constantSchedule()(1e6)).toBe(1)
  expect(cosineSchedule({ steps: 10 })(25)).toBeCloseTo(0, 12)
  expect(oneCycleSchedule({ steps: 10 })(99)).toBeCloseTo(1 / 25e4, 12)
  expect(linearWarmupSchedule({ steps: 2 }, cosineSchedule({ steps: 10 }))(7)).toBeCloseTo(0.5, 12)
})

describe('what an optimizer checks', () => {
  const group: ParamGroup = { name: 'all', params: ['a', 'b'], lr: 0.1 }
  const dims = new Map([
    ['a', [2]],
    ['b', [3]],
  ])
  const codeOf = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      if (isFineTuneError(error)) return `${error.code}: ${error.message}`
      throw error
    }
    return 'no error'
  }

  test('options', () => {
    expect(codeOf(() => sgd([{ ...group, nesterov: true }]))).toMatch(/options\/invalid.*nesterov/)
    expect(codeOf(() => sgd([group], { momentum: 1 }))).toMatch(/options\/invalid: sgd: defaults: momentum/)
    expect(codeOf(() => sgd([{ ...group, lr: -1 }]))).toMatch(/options\/invalid: sgd: groups: 0.lr.*-1/)
    expect(codeOf(() => sgd([]))).toMatch(/options\/invalid: sgd: groups/)
    expect(codeOf(() => sgd([group, { ...group, params: ['c'] }]))).toMatch(/options\/invalid.*different names/)
    expect(codeOf(() => adamW([{ ...group, momentum: 0.9 } as AdamGroup]))).toMatch(/options\/invalid.*momentum/)
    expect(codeOf(() => adam([group], { betas: [0.9, 1] }))).toMatch(/options\/invalid: adam: defaults: betas.1/)
    expect(codeOf(() => cosineSchedule({ steps: 0 }))).toMatch(/options\/invalid: cosineSchedule: steps/)
  })

  test('every parameter is in exactly one group', () => {
    expect(codeOf(() => sgd([group, { name: 'more', params: ['b'], lr: 1 }]))).toMatch(/model\/in-two-groups: b /)
    expect(codeOf(() => sgd([{ ...group, params: ['a'] }]).buildGraph(dims))).toMatch(/model\/ungrouped.*takes b/)
    const three = { ...group, params: ['a', 'b', 'c'] }
    expect(codeOf(() => sgd([three]).buildGraph(dims))).toMatch(/optim\/unknown-parameter: Group all has c/)
  })

  test('the momentum of a group is a state of its parameters only', () => {
    const groups = [
      { name: 'still', params: ['a'], lr: 0.1 },
      { name: 'moving', params: ['b'], lr: 0.1, momentum: 0.9 },
    ]
    const optimizer = sgd(groups)
    expect([optimizer.stateNames('a'), optimizer.stateNames('b')]).toEqual([[], ['b.momentum_buffer']])
    const graph = optimizer.buildGraph(dims)
    expect(graph.inputs.map(({ name }) => name)).toEqual([
      'learning_rate',
      'a',
      'a_grad',
      'b',
      'b_grad',
      'b.momentum_buffer',
    ])
    expect(graph.outputs.map(({ name }) => name)).toEqual(['a.out', 'b.out', 'b.momentum_buffer.out'])
  })
})
