import { checkArgument, isListOf, type Kind } from '../../arguments.js'

/** The quality of predictions for one class. A share of nothing is NaN. */
export interface ClassMetrics {
  /** The number of images of the class. */
  readonly support: number
  /** The share of the images predicted to be of the class that are. */
  readonly precision: number
  /** The share of the images of the class that are predicted to be. */
  readonly recall: number
  /** The harmonic mean of precision and recall: 2 hits / (support + predicted). */
  readonly f1: number
}

/**
 * Computes the metrics of every class, from `confusion[label][prediction]`. scikit-learn:
 * `precision_recall_fscore_support`.
 */
export function classMetrics(confusion: readonly (readonly number[])[]): ClassMetrics[] {
  checkArgument('classMetrics: confusion', confusion, squareKind)
  return confusion.map((row, label) => {
    const hits = row[label]!
    const support = row.reduce((sum, count) => sum + count, 0)
    const predicted = confusion.reduce((sum, other) => sum + other[label]!, 0)
    return { support, precision: hits / predicted, recall: hits / support, f1: (2 * hits) / (support + predicted) }
  })
}

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0
const squareKind: Kind = {
  expected: 'a square of counts, confusion[label][prediction]',
  is: (value) =>
    isListOf(value, (row) => isListOf(row, isCount) && (row as unknown[]).length === (value as unknown[]).length),
}
