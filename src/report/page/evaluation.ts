import { type ClassMetrics, classMetrics } from '../../evaluation/metrics/classMetrics.js'
import type { Evaluation } from '../../finetune/record/events.js'
import { mostConfused } from '../metrics/mostConfused.js'
import { type Html, html, name } from './html.js'
import { count, decimal, percent } from './numbers.js'
import { longTable } from './table.js'

/** The largest number of classes in a matrix: a larger one is not legible. */
const MOST_IN_MATRIX = 16
const MOST_PAIRS = 20
/** The largest number of classes in their own order: more are sorted, worst first. */
const MOST_IN_ORDER = 30

/**
 * Returns the confusion matrix, or for many classes the most frequent mistakes; precision and recall of each class. Of
 * regression the errors.
 */
export function evaluation({ confusion, labels, values }: Evaluation, classes: readonly string[]): Html {
  if (values) return errors(values, classes)
  if (labels) return html`<h3>Each label</h3>${perClass(labels, classes)}`
  const confusions = classes.length <= MOST_IN_MATRIX ? matrix(confusion, classes) : pairs(confusion, classes)
  return html`${confusions}
<h3>Each class</h3>
${perClass(classMetrics(confusion), classes)}`
}

const matrix = (confusion: Evaluation['confusion'], classes: readonly string[]): Html => html`<h3>Confusion matrix</h3>
<p class="faint">Rows: what an image shows. Columns: what was predicted.</p>
<div class="scroll"><table class="matrix">
<tr><td></td>${classes.map((title) => html`<th scope="col" title="${title}"><span>${name(title)}</span></th>`)}</tr>
${confusion.map(
  (
    row,
    label,
  ) => html`<tr><th scope="row" title="${classes[label]}"><span>${name(classes[label]!)}</span></th>${row.map((value, i) => cell(value, row, i === label))}</tr>
`,
)}</table></div>`

function cell(value: number, row: readonly number[], right: boolean): Html {
  const share = value / row.reduce((sum, other) => sum + other, 0)
  return html`<td class="${right ? 'right' : 'wrong'}" style="--share:${Math.round((share || 0) * 100)}%" title="${percent(share)}">${value > 0 ? count(value) : '·'}</td>`
}

function pairs(confusion: Evaluation['confusion'], classes: readonly string[]): Html {
  const found = mostConfused(confusion, MOST_PAIRS)
  if (found.length === 0) return html`<p>Nothing was confused.</p>`
  const rows = found.map(
    ({ label, predicted, count: times, share }) =>
      html`<tr><td class="name">${name(classes[label]!)}</td><td class="name">${name(classes[predicted]!)}</td><td>${count(times)}</td><td>${percent(share)}</td></tr>
`,
  )
  return html`<h3>Most confused classes</h3>
<div class="scroll"><table><thead><tr><th>shows</th><th class="name">predicted</th><th>images</th><th>share</th></tr></thead><tbody>
${rows}</tbody></table></div>`
}

function errors(values: NonNullable<Evaluation['values']>, names: readonly string[]): Html {
  const rows = values.map(
    ({ mae, rmse, r2 }, i) =>
      html`<tr><td class="name">${name(names[i]!)}</td><td>${decimal(mae)}</td><td>${decimal(rmse)}</td><td>${share(r2)}</td></tr>
`,
  )
  const head = html`<tr><th>value</th><th>mean error</th><th>RMSE</th><th>R²</th></tr>`
  return html`<h3>Errors</h3>${longTable(head, rows)}`
}

function perClass(metrics: readonly ClassMetrics[], classes: readonly string[]): Html {
  const rows = metrics.map((metric, label) => ({ label, ...metric }))
  const sorted = classes.length > MOST_IN_ORDER
  if (sorted) rows.sort((a, b) => (a.f1 || 0) - (b.f1 || 0))
  const head = html`<tr><th>class${sorted && ', worst first'}</th><th>precision</th><th>recall</th><th>F1</th><th>images</th></tr>`
  return longTable(
    head,
    rows.map(
      ({ label, precision, recall, f1, support }) =>
        html`<tr><td class="name">${name(classes[label]!)}</td><td>${share(precision)}</td><td>${share(recall)}</td><td>${share(f1)}</td><td>${count(support)}</td></tr>
`,
    ),
  )
}

const share = (value: number): string => decimal(Number.isNaN(value) ? undefined : value)
