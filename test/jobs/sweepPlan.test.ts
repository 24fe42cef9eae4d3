import { expect, test } from 'vitest'
import { Halving, type Trial } from '../../src/jobs/sweep/Halving.js'
import { epsilonSquared, influences } from '../../src/jobs/sweep/influence.js'
import { type RunResult, ranked, type SweepRun } from '../../src/jobs/sweep/SweepRun.js'
import { drawn, grid } from '../../src/jobs/sweep/searchSpace.js'
import { checkSweepOptions, rungsOf } from '../../src/jobs/sweep/sweepOptions.js'

test('a grid has every combination', () => {
  expect(grid({ lr: [1, 2], freeze: ['a'], size: [3, 4] })).toEqual([
    { lr: 1, freeze: 'a', size: 3 },
    { lr: 1, freeze: 'a', size: 4 },
    { lr: 2, freeze: 'a', size: 3 },
    { lr: 2, freeze: 'a', size: 4 },
  ])
})

test('draws lie in their ranges, evenly by logarithm where asked, and do not depend on their number', () => {
  const search = {
    lr: { from: 1e-4, to: 1, log: true, whole: false },
    size: { from: 1, to: 9, log: false, whole: true },
    of: ['a', 'b'],
  }
  const draws = drawn(search, 400, 3)
  expect(draws.slice(0, 5)).toEqual(drawn(search, 5, 3))
  expect(draws).not.toEqual(drawn(search, 400, 4))
  const rates = draws.map(({ lr }) => lr as number)
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4)
  expect(Math.max(...rates)).toBeLessThanOrEqual(1)
  expect(rates.filter((rate) => rate < 1e-2).length / 400).toBeCloseTo(0.5, 1)
  expect(new Set(draws.map(({ size }) => size))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9]))
  expect(new Set(draws.map(({ of }) => of))).toEqual(new Set(['a', 'b']))
})

test('the rungs of a sweep end with all epochs', () => {
  const rungs = (epochs: number, leastEpochs = 1, factor = 3) => {
    const options = {
      images: 'a',
      out: 'b',
      search: {},
      method: 'asha',
      options: { epochs },
      leastEpochs,
      factor,
    } as const
    return rungsOf(checkSweepOptions(options))
  }
  expect(rungs(9)).toEqual([1, 3, 9])
  expect(rungs(5)).toEqual([1, 5])
  expect(rungs(26)).toEqual([1, 3, 26])
  expect(rungs(2)).toEqual([2])
  expect(rungs(16, 2, 2)).toEqual([2, 4, 8, 16])
  expect(rungsOf(checkSweepOptions({ images: 'a', out: 'b', search: {} }))).toEqual([undefined])
})

/** Tells the result of each trial as it is given out. */
function carryOut(halving: Halving, scoreOf: (trial: Trial) => number): Trial[] {
  const done: Trial[] = []
  for (let trial = halving.next(); trial; trial = halving.next()) {
    done.push(trial)
    halving.tell(trial, scoreOf(trial))
  }
  return done
}

test('halving: one of three goes on as soon as it is the best so far', () => {
  const scores = [3, 1, 2, 0, 5, 4]
  const done = carryOut(new Halving(6, 2, 3), ({ settings }) => scores[settings]!)
  // Of the first three the best one; then the best of five, and the second best of six.
  expect(done.map(({ settings, rung }) => `${settings} ${rung}`)).toEqual([
    '0 0',
    '1 0',
    '2 0',
    '0 1',
    '3 0',
    '4 0',
    '4 1',
    '5 0',
    '5 1',
  ])
})

test('halving: longer runs before new settings, and what failed goes no further', () => {
  const done = carryOut(new Halving(9, 3, 3), ({ settings }) => (settings === 8 ? Number.NEGATIVE_INFINITY : settings))
  const at = (rung: number) => done.filter((trial) => trial.rung === rung).map(({ settings }) => settings)
  expect(at(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  // Each is better than those before it: the best so far always goes on.
  expect(at(1)).toEqual([2, 3, 4, 5, 6, 7])
  expect(at(2)).toEqual([4, 5, 6, 7])
  expect(carryOut(new Halving(6, 2, 2), () => Number.NEGATIVE_INFINITY).filter(({ rung }) => rung > 0)).toEqual([])
})

test('halving: trials of an earlier call count, and are not given out again', () => {
  const halving = new Halving(4, 2, 2)
  halving.begin({ settings: 3, rung: 0 })
  halving.tell({ settings: 3, rung: 0 }, 5)
  halving.begin({ settings: 1, rung: 0 })
  halving.tell({ settings: 1, rung: 0 }, 1)
  expect([halving.next(), halving.next(), halving.next(), halving.next()]).toEqual([
    { settings: 3, rung: 1 },
    { settings: 0, rung: 0 },
    { settings: 2, rung: 0 },
    undefined,
  ])
})

const resultOf = (accuracy: number, loss = 1): RunResult => ({
  validation: { accuracy, loss, examples: 10 },
  epochs: [],
  seconds: 1,
})
const runOf = (settings: SweepRun['settings'], accuracy: number, rung = 0): SweepRun => ({
  settings,
  rung,
  directory: JSON.stringify(settings),
  result: resultOf(accuracy),
})

test('the best runs are first, longer ones before others, those without a number and failed ones last', () => {
  const failed = { settings: { lr: 9 }, rung: 1, directory: 'f', error: new Error('no') }
  const diverged = { settings: { lr: 8 }, rung: 0, directory: 'd', result: resultOf(0.9, Number.NaN) }
  const runs = [failed, diverged, runOf({ lr: 1 }, 0.5), runOf({ lr: 2 }, 0.7), runOf({ lr: 1 }, 0.4, 1)]
  expect(ranked(runs, 'accuracy').map(({ settings: { lr } }) => lr)).toEqual([1, 8, 2, 1, 9])
  expect(
    ranked(runs, 'loss')
      .map(({ settings: { lr } }) => lr)
      .at(-2),
  ).toBe(8)
})

test('epsilon squared is that of the F statistic', () => {
  const groups = [
    [6, 8, 4, 5, 3, 4],
    [8, 12, 9, 11, 6, 8],
    [13, 9, 11, 8, 7, 12],
  ]
  // sklearn.feature_selection.f_classif: F = 9.264705882352942, with 2 and 15 degrees of freedom.
  const f = 9.264705882352942
  expect(epsilonSquared(groups)).toBeCloseTo((2 * (f - 1)) / (2 * f + 15), 12)
  expect(epsilonSquared([[1, 2], [1, 2], []])).toBe(0)
  expect(epsilonSquared([[1], [2]])).toBeUndefined()
  expect(epsilonSquared([[1, 1], [1]])).toBeUndefined()
})

test('the setting that decides is first; longer runs and those that failed are left out', () => {
  const search = { lr: { from: 0, to: 1, log: false, whole: false }, flip: [true, false], name: ['a', 'b'] }
  const runs = drawn(search, 60, 1).map((settings) => runOf(settings, 0.5 + 0.4 * Math.abs(Number(settings.lr) - 0.5)))
  const others = [
    runOf({ lr: 0, flip: true, name: 'a' }, 100, 1),
    { ...runOf({ lr: 0 }, 0), result: undefined as never },
  ]
  const [first, ...rest] = influences([...runs, ...others], 'accuracy')
  expect(first!.name).toBe('lr')
  // An effect that is not monotonic is seen all the same.
  expect(first!.share).toBeGreaterThan(0.6)
  expect(first!.values.map(({ scores }) => scores.length)).toEqual([15, 15, 15, 15])
  for (const { share } of rest) expect(share).toBeLessThan(0.1)
  expect(rest.flatMap(({ values }) => values.map(({ value }) => value)).sort()).toEqual(['a', 'b', 'false', 'true'])
})
