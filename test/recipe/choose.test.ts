import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../src/random.js'
import { choose, HeldOut } from '../../src/recipe/HeldOut.js'

/** Two classes, logits that favour the right one by `margin`, with noise of unit variance. */
function heldOut(images: number, margin: number, seed: number): HeldOut {
  const random = seededRandom(seed, 'held out')
  const labels = Array.from({ length: images }, (_, i) => i % 2)
  const logits = labels.flatMap((label) => [0, 1].map((one) => (one === label ? margin : 0) + random.normal()))
  const measured = new HeldOut(2)
  measured.add(Float64Array.from(logits), labels)
  return measured
}

describe('the choice between the head and what was tuned', () => {
  test('by few images the head stays, unless the gain is beyond chance', () => {
    const head = heldOut(40, 2, 1)
    expect(choose([head, heldOut(40, 2.05, 1)])).toBe(1)
    expect(choose([head, heldOut(40, 2.2, 2)])).toBe(0)
    expect(choose([head, heldOut(40, 5, 2)])).toBe(1)
    expect(choose([head, heldOut(40, 1, 2)])).toBe(0)
  })

  test('by many the lowest loss decides', () => {
    const head = heldOut(400, 2, 1)
    expect(choose([head, heldOut(400, 2.05, 1), heldOut(400, 2.1, 1)])).toBe(2)
    expect(choose([head, heldOut(400, 1.95, 1), heldOut(400, 1.9, 1)])).toBe(0)
  })
})
