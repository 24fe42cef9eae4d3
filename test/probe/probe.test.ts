import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { crossValidate, foldsOf } from '../../src/probe/crossValidate.js'
import { fitSoftmax } from '../../src/probe/fitSoftmax.js'
import { LinearProbe } from '../../src/probe/LinearProbe.js'
import { type Examples, SoftmaxObjective, softmaxRows } from '../../src/probe/softmaxObjective.js'
import { seededRandom } from '../../src/random.js'

interface Case {
  readonly size: number
  readonly classes: number
  readonly l2: number
  readonly features: readonly number[]
  readonly labels: readonly number[]
  readonly parameters: readonly number[]
  readonly loss: number
}
const golden = JSON.parse(readFileSync(new URL('../golden/probe/probe.json', import.meta.url), 'utf8')) as Case[]
const examplesOf = ({ features, ...rest }: Case): Examples => ({ ...rest, features: Float64Array.from(features) })

/** Clouds of points, one for each class. */
function clouds(count: number, { size = 4, classes = 3, distance = 3, seed = 0 } = {}): Examples {
  const random = seededRandom('clouds', seed)
  const centres = Array.from({ length: classes * size }, () => distance * random.normal())
  const labels = Array.from({ length: count }, (_, i) => i % classes)
  const value = (_: unknown, at: number) =>
    centres[labels[Math.floor(at / size)]! * size + (at % size)]! + random.normal()
  return { features: Float32Array.from({ length: count * size }, value), size, labels, classes }
}

describe('a softmax regression', () => {
  test.each(
    golden.map((one) => [`${one.labels.length} x ${one.size}, ${one.classes} classes, l2 ${one.l2}`, one] as const),
  )('has the parameters that scipy finds: %s', async (_, one) => {
    const { parameters, gradientNorm } = await fitSoftmax(examplesOf(one), { l2: one.l2, tolerance: 1e-9 })
    expect(gradientNorm).toBeLessThan(1e-8)
    // The bias of all classes together is free: softmax does not see it.
    const width = one.size + 1
    const differences = one.parameters.map((value, at) => parameters[at]! - value)
    const common = differences[one.size]!
    const largest = Math.max(...one.parameters.map(Math.abs))
    for (const [at, difference] of differences.entries())
      expect(Math.abs(difference - (at % width === one.size ? common : 0))).toBeLessThan(1e-5 * largest)
  })

  test('is at its optimum: the gradient by finite differences is 0 too', async () => {
    const examples = examplesOf(golden[1]!)
    const l2 = 0.01
    const { parameters } = await fitSoftmax(examples, { l2, tolerance: 1e-9 })
    const objective = new SoftmaxObjective(examples)
    const value = (at: number, step: number) => {
      const moved = parameters.slice()
      moved[at]! += step
      return objective.loss(objective.products(moved)) + (l2 / 2) * objective.squares(moved)
    }
    for (let at = 0; at < parameters.length; at++)
      expect(Math.abs(value(at, 1e-4) - value(at, -1e-4)) / 2e-4).toBeLessThan(1e-8)
  })

  test('ends with the reason of its signal', async () => {
    const reason = new Error('enough')
    await expect(fitSoftmax(clouds(30), { l2: 0.1, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

test('probabilities add up to 1, however large the logits are', () => {
  const rows = softmaxRows(Float64Array.of(1000, 0, -1000, 3, 3, 3), 3)
  expect(rows[0]).toBe(1)
  expect(rows[3]).toBeCloseTo(1 / 3, 15)
})

describe('a linear probe', () => {
  test('does not depend on scale and offset of the features', async () => {
    const examples = clouds(60)
    const moved = {
      ...examples,
      features: Float64Array.from(examples.features, (value, at) => 1000 * (at % 4) + value * 10 ** (at % 4)),
    }
    const [a, b] = await Promise.all(
      [examples, moved].map(async (one) => (await LinearProbe.fit(one, { l2: 0.1 })).probabilities(one)),
    )
    for (const [at, probability] of a!.entries()) expect(b![at]).toBeCloseTo(probability, 4)
  })

  test('passes over a feature that never changes, also where it changes later', async () => {
    const examples = clouds(60)
    const constant = Float32Array.from({ length: 60 * 5 }, (_, at) =>
      at % 5 === 4 ? 7 : examples.features[Math.floor(at / 5) * 4 + (at % 5)]!,
    )
    const probe = await LinearProbe.fit({ ...examples, features: constant, size: 5 }, { l2: 0.1 })
    const row = constant.slice(0, 5)
    const before = probe.probabilities({ features: row, size: 5 })
    expect(probe.probabilities({ features: row.with(4, 1e6), size: 5 })).toEqual(before)
    const plain = await LinearProbe.fit(examples, { l2: 0.1 })
    expect(plain.probabilities({ features: examples.features.slice(0, 4), size: 4 })[0]).toBeCloseTo(before[0]!, 6)
  })
})

describe('cross-validation', () => {
  test('gives each example the probabilities of a probe that never saw it', async () => {
    const examples = clouds(60)
    // A probe that had seen the wrong label would lean towards it.
    const labels = Array.from(examples.labels)
    labels[7] = (labels[7]! + 1) % 3
    const folds: number[] = []
    const changed = await crossValidate(
      { ...examples, labels },
      { folds: 5, l2: 0.1, seed: 0, onFold: (fold) => folds.push(fold) },
    )
    expect(folds).toEqual([0, 1, 2, 3, 4])
    const hits = Array.from(
      examples.labels,
      (label, i) =>
        changed.subarray(i * 3, i * 3 + 3).indexOf(Math.max(...changed.subarray(i * 3, i * 3 + 3))) === label,
    )
    expect(hits.filter(Boolean).length).toBeGreaterThan(57)
    expect(hits[7]).toBe(true)
  })

  test('spreads each class evenly over the parts, and keeps those of a group together', () => {
    const labels = Array.from({ length: 40 }, (_, i) => i % 2)
    const partsOf = (groups?: number[]) => foldsOf({ labels, classes: 2, groups }, 4, 0)
    const sizes = (parts: Uint8Array) => [0, 1, 2, 3].map((part) => parts.filter((other) => other === part).length)
    expect(sizes(partsOf())).toEqual([10, 10, 10, 10])
    // Three of one class, and two of different classes.
    const groups = labels.map((_, i) => ([4, 8].includes(i) ? 2 : i === 7 ? 10 : i))
    const parts = partsOf(groups)
    expect(parts[2]).toBe(parts[4])
    expect(parts[2]).toBe(parts[8])
    expect(parts[7]).toBe(parts[10])
    expect(Math.max(...sizes(parts))).toBeLessThan(14)
  })

  test('depends on the seed alone', async () => {
    const run = (seed: number) => crossValidate(clouds(40), { folds: 4, l2: 0.1, seed })
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })
})
