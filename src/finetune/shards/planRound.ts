/** The part of a round that one shard computes: the positions of its batches in the epoch, one for each local step. */
export interface ShardPlan {
  readonly shard: number
  readonly positions: readonly number[]
}

/** A round of an epoch: some steps of every shard from common weights. */
export interface RoundPlan {
  /** The number of local steps; a shard may have one less at the end of an epoch. */
  readonly steps: number
  /** The shards that have batches, in their order. */
  readonly shards: readonly ShardPlan[]
  /** The position of the first batch of the round, and of the first one after it. */
  readonly begin: number
  readonly end: number
  /** The number of batches in a step of all shards together. */
  readonly width: number
}

/** Returns the index in its round of the step that a batch is in. */
export const stepOf = ({ begin, width }: RoundPlan, position: number): number => Math.floor((position - begin) / width)

/** The settings that decide which shard sees which images. */
export interface ShardCounts {
  readonly shards: number
  readonly localSteps: number
}

/**
 * Plans the round that begins at a batch of an epoch. The batches of an epoch are those of any run with its seed; they are
 * dealt to the shards in turn, so that step k of all shards together is over the images of step k of a run whose batches
 * are `shards` times as large.
 *
 * @param begin the position of its first batch
 * @param batches the number of batches in the epoch
 */
export function planRound(begin: number, batches: number, { shards, localSteps }: ShardCounts): RoundPlan {
  const end = Math.min(begin + shards * localSteps, batches)
  const positions = Array.from({ length: end - begin }, (_, i) => begin + i)
  const plans = Array.from({ length: shards }, (_, shard) => ({
    shard,
    positions: positions.filter((position) => (position - begin) % shards === shard),
  }))
  return {
    steps: Math.ceil((end - begin) / shards),
    shards: plans.filter((plan) => plan.positions.length > 0),
    begin,
    end,
    width: shards,
  }
}
