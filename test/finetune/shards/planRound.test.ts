import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planRound, stepOf } from '../../../src/finetune/shards/planRound.js'

function roundsOf(batches: number, counts: { shards: number; localSteps: number }) {
  const rounds = []
  for (let begin = 0; begin < batches; begin = rounds.at(-1)!.end) rounds.push(planRound(begin, batches, counts))
  return rounds
}

const count = fc.integer({ min: 1, max: 9 })

describe('the rounds of an epoch', () => {
  test('have every batch once, each step as many as there are shards, but for the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), count, count, (batches, shards, localSteps) => {
        const rounds = roundsOf(batches, { shards, localSteps })
        const positions = rounds.flatMap((round) => round.shards.flatMap((shard) => shard.positions))
        expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: batches }, (_, i) => i))
        for (const round of rounds) {
          expect(round.steps).toBeLessThanOrEqual(localSteps)
          for (const { shard, positions: own } of round.shards)
            for (const [step, position] of own.entries()) {
              expect(position % shards).toBe(shard)
              expect(stepOf(round, position)).toBe(step)
            }
        }
      }),
    )
  })

  test('deal batches in turn', () => {
    const [first, last, ...others] = roundsOf(9, { shards: 2, localSteps: 3 })
    expect(others).toEqual([])
    expect(first).toMatchObject({ steps: 3, shards: [{ positions: [0, 2, 4] }, { positions: [1, 3, 5] }] })
    expect(last).toMatchObject({ steps: 2, shards: [{ positions: [6, 8] }, { positions: [7] }] })
  })

  test('leave out a shard for which no batch is left', () => {
    expect(planRound(4, 5, { shards: 4, localSteps: 2 })).toMatchObject({
      steps: 1,
      shards: [{ shard: 0, positions: [4] }],
    })
  })
})
