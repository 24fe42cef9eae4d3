import { expect, test } from 'vitest'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { adam, adamW } from '../../src/optim/adam.js'
import { clipGradients } from '../../src/optim/clipGradients.js'
import type { Optimizer } from '../../src/optim/Optimizer.js'
import { GRADIENT_SCALE, scaleGradients } from '../../src/optim/scaleGradients.js'
import { sgd } from '../../src/optim/sgd.js'
import { gaussian } from '../support/checkOp.js'
import { run64 } from '../support/float64/evaluate.js'

const LR = 0.125
const groups = [{ name: 'all', params: ['a', 'b'], lr: LR }]
/** One of them ends in ones, as the weight of a 1x1 convolution does. */
const dims = new Map([
  ['a', [3]],
  ['b', [4, 2, 1, 1]],
])
const feeds: Record<string, Tensor> = {
  learning_rate: float32([LR], [1]),
  step: int64([1]),
  ...Object.fromEntries(
    [...dims].flatMap(([name, size]) => [
      [name, gaussian(size, name)],
      [`${name}_grad`, gaussian(size, name, 'gradient')],
      ...['momentum_buffer', 'exp_avg', 'exp_avg_sq'].map((state) => [
        `${name}.${state}`,
        float32(gaussian(size, name, state).data.map(Math.abs), size),
      ]),
    ]),
  ),
}

type Formula = (p: number, gradient: number, state: (name: string) => number) => number

/** Every parameter after a step, against a formula in float64. */
function expectStep(optimizer: Optimizer, formula: Formula, factor = 1): void {
  const results = run64(optimizer.buildGraph(dims), feeds)
  for (const name of dims.keys()) {
    const numbers = (of: string) => feeds[of]!.data as Float32Array
    const expected = [...numbers(name)].map((p, i) =>
      formula(p, numbers(`${name}_grad`)[i]! * factor, (state) => numbers(`${name}.${state}`)[i]!),
    )
    for (const [i, value] of results[`${name}.out`]!.data.entries()) expect(value).toBeCloseTo(expected[i]!, 5)
  }
}

const adamStep = (p: number, d: number, m: number, v: number): number => {
  const [mean, square] = [0.9 * m + 0.1 * d, 0.999 * v + 0.001 * d * d]
  return p - ((LR / (1 - 0.9)) * mean) / (Math.sqrt(square) / Math.sqrt(1 - 0.999) + 1e-8)
}
const moments = (state: (name: string) => number) => [state('exp_avg'), state('exp_avg_sq')] as const

test('what is not given is as torch has it: no momentum, no decay, but 0.01 for AdamW', () => {
  expectStep(sgd(groups), (p, d) => p - LR * d)
  expectStep(adam(groups), (p, d, state) => adamStep(p, d, ...moments(state)))
  expectStep(adamW(groups), (p, d, state) => adamStep(p * (1 - LR * 0.01), d, ...moments(state)))
})

test('decay and momentum are where the formulas have them', () => {
  expectStep(sgd(groups, { weightDecay: 0.5 }), (p, d) => p - LR * (d + 0.5 * p))
  expectStep(sgd(groups, { weightDecay: 0.5, momentum: 0.75 }), (p, d, state) => {
    return p - LR * (0.75 * state('momentum_buffer') + d + 0.5 * p)
  })
  expectStep(sgd(groups, { momentum: 0.75, nesterov: true }), (p, d, state) => {
    return p - LR * (d + 0.75 * (0.75 * state('momentum_buffer') + d))
  })
  expectStep(adam(groups, { weightDecay: 0.5 }), (p, d, state) => adamStep(p, d + 0.5 * p, ...moments(state)))
})

test('gradients are clipped by the norm of all of them together, and left alone below it', () => {
  const all = [...dims.keys()].flatMap((name) => [...(feeds[`${name}_grad`]!.data as Float32Array)])
  const norm = Math.hypot(...all)
  expectStep(clipGradients(sgd(groups), { norm: norm / 4 }), (p, d) => p - LR * d, 1 / 4)
  expectStep(clipGradients(sgd(groups), { norm: 2 * norm }), (p, d) => p - LR * d)
})

test('gradients are scaled before anything else reads them', () => {
  const optimizer = sgd(groups, { weightDecay: 0.5, momentum: 0.75 })
  const scaled = { ...optimizer, buildGraph: () => scaleGradients(optimizer.buildGraph(dims), [...dims.keys()]) }
  feeds[GRADIENT_SCALE] = float32([0.25], [])
  expectStep(scaled, (p, d, state) => p - LR * (0.75 * state('momentum_buffer') + d + 0.5 * p), 0.25)
})
