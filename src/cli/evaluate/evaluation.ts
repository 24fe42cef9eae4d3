import { type ClassMetrics, evaluateProbabilities, float32 } from '../../index.js'
import { percent, plural } from '../terminal/format.js'
import { table } from '../terminal/layout.js'
import type { Judged } from './classifyAll.js'

/** Computes the metrics of classified images. */
export function summarise(judged: readonly Judged[], classes: readonly string[], most: number) {
  const places = new Map(classes.map((name, place) => [name, place]))
  const labels = judged.map(({ label }) => places.get(label)!)
  const rows = judged.flatMap(({ probabilities }) => probabilities)
  const probabilities = float32(rows, [judged.length, classes.length])
  const { examples, ...metrics } = evaluateProbabilities(probabilities, labels, { classes })
  const mistakes = judged
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
  return { images: examples, ...metrics, mistakes, predictions: judged }
}

/** Renders an evaluation as lines of text. */
export function render(evaluation: ReturnType<typeof summarise>, skipped: number) {
  const { images, accuracy, loss, classes, confusion, mistakes } = evaluation
  const left = skipped > 0 ? `, ${skipped} left out` : ''
  const names = classes.map(({ name }) => name)
  return [
    `accuracy ${percent(accuracy)}, loss ${loss.toFixed(3)}, ${plural(images, 'image')}${left}`,
    certainty(evaluation),
    '',
    ...table([['class', 'images', 'precision', 'recall', 'f1'], ...classes.map(classRow)], 1),
    '',
    'Of each class (row), how many were taken for which',
    ...(names.length <= 12
      ? table([['', ...names], ...confusion.map((row, i) => [names[i]!, ...row.map(String)])], 1)
      : ['  (more than 12 classes: see --json)']),
    ...(mistakes.length > 0 ? ['', 'Surest mistakes'] : []),
    ...table(
      mistakes.map(({ source, label, predicted, score }) => [
        source,
        `${label} taken for ${predicted}`,
        percent(score),
      ]),
    ),
  ]
}

/** Tells how sure the accuracy is and how good the scores are. */
function certainty({ interval: [low, high], calibrationError, classes, auc }: ReturnType<typeof summarise>): string {
  const area = classes.length === 2 && !Number.isNaN(auc) ? `, area under the ROC curve ${auc.toFixed(3)}` : ''
  const range = `${(low * 100).toFixed(1)} to ${percent(high)}`
  return `95 % interval of the accuracy ${range}, calibration error ${percent(calibrationError)}${area}`
}

/** Returns the row of a class. A share of nothing (NaN) is shown as `-`. */
const classRow = ({ name, support, precision, recall, f1 }: ClassMetrics & { readonly name: string }): string[] => {
  const share = (value: number) => (Number.isNaN(value) ? '-' : percent(value))
  return [name, String(support), share(precision), share(recall), share(f1)]
}
