import { type ClassMetrics, classMetrics } from '../../index.js'
import { percent, plural } from '../terminal/format.js'
import { table } from '../terminal/layout.js'
import type { Judged } from './classifyAll.js'

/** Computes the metrics of classified images. */
export function summarise(judged: readonly Judged[], classes: readonly string[], most: number) {
  const places = new Map(classes.map((name, place) => [name, place]))
  const confusion = classes.map(() => classes.map(() => 0))
  for (const { label, predicted } of judged) confusion[places.get(label)!]![places.get(predicted)!]!++
  const hits = judged.filter(({ label, predicted }) => label === predicted).length
  const mistakes = judged.filter(({ label, predicted }) => label !== predicted).sort((a, b) => b.score - a.score)
  return {
    images: judged.length,
    accuracy: hits / judged.length,
    loss: judged.reduce((sum, { labelScore }) => sum - Math.log(Math.max(labelScore, 1e-30)), 0) / judged.length,
    classes: classMetrics(confusion).map((metrics, i) => ({ name: classes[i]!, ...metrics })),
    confusion,
    mistakes: mistakes.slice(0, most),
  }
}

/** Renders an evaluation as lines of text. */
export function render(
  { images, accuracy, loss, classes, confusion, mistakes }: ReturnType<typeof summarise>,
  skipped: number,
) {
  const left = skipped > 0 ? `, ${skipped} left out` : ''
  const names = classes.map(({ name }) => name)
  return [
    `accuracy ${percent(accuracy)}, loss ${loss.toFixed(3)}, ${plural(images, 'image')}${left}`,
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

/** Returns the row of a class. A share of nothing (NaN) is shown as `-`. */
const classRow = ({ name, support, precision, recall, f1 }: ClassMetrics & { readonly name: string }): string[] => {
  const share = (value: number) => (Number.isNaN(value) ? '-' : percent(value))
  return [name, String(support), share(precision), share(recall), share(f1)]
}
