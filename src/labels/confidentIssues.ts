/** Probabilities of examples by a classifier that never saw them, and the given labels. */
export interface Judgement {
  /** The probabilities, [labels.length, classes] by rows. */
  readonly probabilities: Float64Array
  readonly labels: ArrayLike<number>
  readonly classes: number
}

/** An example whose label is likely wrong. */
export interface ConfidentIssue {
  readonly row: number
  readonly suggested: number
}

/**
 * Finds the labels that are likely wrong, by confident learning (Northcutt, Jiang and Chuang, 2021, arXiv 1911.00068,
 * equations 1 and 2): the threshold of a class is the mean probability of that class over the examples that have it as
 * label. An example belongs confidently to the most probable of the classes that reach their thresholds; where that is
 * not its label, the label is likely wrong. A class of one example is not judged: no classifier has seen another one.
 *
 * @returns the issues, ranked by the margin: probability of the label - largest probability of another class
 */
export function confidentIssues(judgement: Judgement): ConfidentIssue[] {
  const { labels } = judgement
  const { thresholds, counts } = thresholdsOf(judgement)
  const issues: ConfidentIssue[] = []
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    const suggested = confidentClass(rowOf(judgement, row), thresholds)
    if (suggested !== undefined && suggested !== label && counts[label]! > 1) issues.push({ row, suggested })
  }
  const margin = ({ row }: ConfidentIssue) => marginOf(rowOf(judgement, row), labels[row]!)
  return issues.sort((a, b) => margin(a) - margin(b) || a.row - b.row)
}

/** Returns the mean self-confidence of each class; a class without examples is never reached. */
function thresholdsOf({ probabilities, labels, classes }: Judgement) {
  const sums = new Float64Array(classes)
  const counts = new Uint32Array(classes)
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!
    sums[label]! += probabilities[row * classes + label]!
    counts[label]!++
  }
  return { counts, thresholds: sums.map((sum, label) => (counts[label]! > 0 ? sum / counts[label]! : Infinity)) }
}

function confidentClass(probabilities: Float64Array, thresholds: Float64Array): number | undefined {
  let best: number | undefined
  for (const [label, probability] of probabilities.entries())
    if (probability >= thresholds[label]! && (best === undefined || probability > probabilities[best]!)) best = label
  return best
}

const marginOf = (probabilities: Float64Array, label: number): number =>
  probabilities[label]! - Math.max(...probabilities.filter((_, other) => other !== label))

export const rowOf = ({ probabilities, classes }: Judgement, row: number): Float64Array =>
  probabilities.subarray(row * classes, (row + 1) * classes)
