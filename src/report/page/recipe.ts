import type { RecipeCandidate, RecipeReport } from '../../recipe/RecipeReport.js'
import { type Html, html } from './html.js'
import { count, decimal, percent } from './numbers.js'

/** Returns what the automatic recipe tried, what it kept, and its advice. */
export const recipe = ({ candidates, chosen, advice }: RecipeReport): Html => html`<h2>What was tried</h2>
<p class="faint">Measured on training images that were left out.</p>
<div class="scroll"><table><thead><tr><th>candidate</th><th>accuracy</th><th>95 % interval</th><th>loss</th><th>images</th></tr></thead><tbody>
${candidates.map((candidate) => row(candidate, candidate.share === chosen.share))}</tbody></table></div>
<ul>${advice.map((sentence) => html`<li>${sentence}</li>`)}</ul>`

const row = ({ share, accuracy, interval, loss, images }: RecipeCandidate, isKept: boolean): Html =>
  html`<tr><td class="name">${titleOf(share)}${isKept && ', kept'}</td><td>${percent(accuracy)}</td><td>${percent(interval[0])} to ${percent(interval[1])}</td><td>${decimal(loss)}</td><td>${count(images)}</td></tr>
`

function titleOf(share: number): string {
  if (share === 0) return 'a new head alone'
  return share === 1 ? 'all layers trained' : `all layers trained, ${Math.round(100 * share)} % of the way`
}
