import { describe, expect, test } from 'vitest'
import { readBytes } from '#platform'
import { decayAt } from '../../src/finetune/run/averageWeights.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { AVERAGE_SHARE, averageGraph, averageOf } from '../../src/optim/averageGraph.js'
import { expectClose } from '../support/compare.js'
import { runStock } from '../support/stockRuntime.js'

interface Golden {
  readonly decay: number
  readonly dims: Record<string, number[]>
  readonly values: Record<string, number[]>[]
  readonly averages: Record<'ema' | 'warm' | 'mean', Record<string, number[]>>
}
const file = await readBytes(new URL('../golden/averages/averages.json', import.meta.url))
const golden = JSON.parse(new TextDecoder().decode(file)) as Golden
const { decay, dims } = golden

describe("averages over steps equal torch's", () => {
  const cases = {
    ema: (step: number) => 1 - decayAt(step, { decay, warmup: false }),
    warm: (step: number) => 1 - decayAt(step, { decay, warmup: true }),
    mean: (step: number) => 1 / (step + 1),
  }
  test.each(Object.entries(cases))('%s', async (kind, shareAt) => {
    const graph = averageGraph(new Map(Object.entries(dims)))
    const [first, ...steps] = golden.values
    const tensorsIn = (values: Record<string, number[]>) =>
      Object.entries(dims).map(([name, size]) => [name, float32(values[name]!, size)] as const)
    let averages = new Map<string, Tensor>(tensorsIn(first!).map(([name, tensor]) => [averageOf(name), tensor]))
    for (const [i, values] of steps.entries()) {
      const share = float32([shareAt(i + 1)], [])
      const feeds = { ...Object.fromEntries([...tensorsIn(values), ...averages]), [AVERAGE_SHARE]: share }
      const results = await runStock(graph, feeds)
      averages = new Map([...averages.keys()].map((name) => [name, results[`${name}.out`]!]))
    }
    for (const [name, expected] of tensorsIn(golden.averages[kind as keyof typeof cases]))
      expectClose(averages.get(averageOf(name)), expected, 1e-6, name)
  })
})

test('the decay of a warm-up grows to the given one', () => {
  const decays = [1, 2, 10, 100, 10_000].map((step) => decayAt(step, { decay: 0.999, warmup: true }))
  expect(decays).toEqual([2 / 11, 3 / 12, 11 / 20, 101 / 110, 0.999])
})
