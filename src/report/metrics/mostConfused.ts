/** A class that is predicted as another. */
export interface Confusion {
  readonly label: number
  readonly predicted: number
  readonly count: number
  /** The share of the images of the class. */
  readonly share: number
}

/** Lists the most frequent mistakes first; of equally frequent ones, those that are a larger share of their class. */
export function mostConfused(confusion: readonly (readonly number[])[], most: number): Confusion[] {
  return confusion
    .flatMap((row, label) => {
      const support = row.reduce((sum, count) => sum + count, 0)
      return row.map((count, predicted) => ({ label, predicted, count, share: count / support }))
    })
    .filter(({ label, predicted, count }) => label !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most)
}
