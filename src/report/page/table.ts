import { type Html, html } from './html.js'

/** The number of rows of a long table that are visible before it is unfolded. */
const SEEN = 20

/** Returns a table; the rows of a long one are folded from a point on. */
export function longTable(head: Html, rows: readonly Html[]): Html {
  const seen = rows.length > SEEN * 1.5 ? rows.slice(0, SEEN) : rows
  const folded = rows.slice(seen.length)
  const table = (part: readonly Html[]) =>
    html`<div class="scroll"><table><thead>${head}</thead><tbody>
${part}</tbody></table></div>`
  return html`${table(seen)}${folded.length > 0 && html`<details><summary>${folded.length} more</summary>${table(folded)}</details>`}`
}

/** Returns a table of terms and their facts, a row each; rows without a value are left out. */
export const factTable = (facts: readonly (readonly [string, Html | string | number | undefined])[]): Html =>
  html`<dl>${facts.map(([term, fact]) => fact !== undefined && html`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}</dl>`
