import { wilsonInterval } from '../../evaluation/metrics/wilsonInterval.js'
import { type Html, html, name } from '../../report/page/html.js'
import { decimal, duration, percent } from '../../report/page/numbers.js'
import { page } from '../../report/page/page.js'
import { factTable, longTable } from '../../report/page/table.js'
import { type Influence, influences, mean, shown } from './influence.js'
import type { SweepRun } from './SweepRun.js'
import { sweepCurves } from './sweepCurves.js'
import type { SweepSettings } from './sweepOptions.js'

/**
 * Formats the runs of a sweep as one standalone HTML page that compares them: curves, the settings that mattered, a
 * table. It links to the reports of the runs, whose directories lie beside it.
 *
 * @param runs the best first
 */
export function sweepPage(runs: readonly SweepRun[], settings: SweepSettings): string {
  const { metric, options, images } = settings
  const title = `Sweep: ${Object.keys(settings.search).join(', ')}`
  const body = html`${summary(runs, settings)}
<h2>Learning</h2>
${sweepCurves(runs)}
<h2>Settings that mattered</h2>
${influenceTable(influences(runs, metric), settings)}
<h2>Runs</h2>
${runTable(runs)}
<h2>All runs have</h2>
${factTable([['images', name(images)], ...Object.entries(options).map(([key, value]) => [key, shown(value)] as const)])}`
  return page(title, body, false)
}

function summary(runs: readonly SweepRun[], { method, factor }: SweepSettings): Html {
  const done = runs.filter(({ result }) => result)
  const seconds = done.reduce((sum, { result }) => sum + result!.seconds, 0)
  const best = done[0]?.result?.validation
  const [low, high] = best ? wilsonInterval(Math.round(best.accuracy * best.examples), best.examples) : [0, 1]
  const luck = done.length > 1 ? `; as the best of ${done.length}, rather lower on new images` : ''
  const interval = `95\u00a0% interval ${percent(low)} to ${percent(high)}${luck}`
  const failed = runs.length - done.length
  return html`<dl class="cards">
${card('Best accuracy', percent(best?.accuracy), best ? interval : 'no run is done')}
${card('Its loss', decimal(best?.loss), best ? `on ${best.examples} validation images` : '')}
${card('Runs', String(done.length), failed > 0 ? `and ${failed} that failed` : 'none failed')}
${card('Method', method, method === 'asha' ? `1 in ${factor} runs longer` : '')}
${card('Time', duration(seconds), 'of all runs together')}
</dl>`
}

const card = (term: string, value: string, detail: string): Html =>
  html`<div><dt>${term}</dt><dd>${value}<small>${detail}</small></dd></div>
`

function influenceTable(all: readonly Influence[], { metric, method }: SweepSettings): Html {
  if (all.every(({ share }) => share === undefined))
    return html`<p>Too few runs are done to tell, or all came to the same.</p>`
  const text = metric === 'accuracy' ? percent : (score: number) => decimal(-score)
  const rows = all.flatMap(({ name: setting, share, values }) =>
    values.map(
      ({ value, scores }, i) => html`<tr><td class="name">${i === 0 && name(setting)}</td>
<td>${i === 0 && percent(share)}</td><td class="bar">${i === 0 && share !== undefined && bar(share)}</td>
<td>${name(value)}</td><td>${scores.length}</td><td>${text(mean(scores))}</td><td>${text(Math.max(...scores))}</td></tr>
`,
    ),
  )
  const which = method === 'asha' ? 'the first runs of all draws' : 'runs'
  return html`<p class="faint">The share of the differences in ${metric} between ${which} that a setting explains by itself:
epsilon squared of an analysis of variance, near 0 for one without effect.</p>
<div class="scroll"><table><thead><tr><th>setting</th><th>share</th><th></th><th>value</th><th>runs</th>
<th>mean ${metric}</th><th>best</th></tr></thead><tbody>
${rows}</tbody></table></div>`
}

const bar = (share: number): Html => html`<span style="width: ${Math.round(100 * share)}%"></span>`

function runTable(runs: readonly SweepRun[]): Html {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))]
  const head = html`<tr><th>run</th><th>accuracy</th><th>loss</th><th>epochs</th><th>time</th>
${names.map((setting) => html`<th>${name(setting)}</th>`)}<th class="name">directory</th></tr>`
  const rows = runs.map(
    ({ settings, directory, result, error }, i) => html`<tr><td>${i + 1}</td>
<td>${result ? percent(result.validation.accuracy) : 'failed'}</td><td>${decimal(result?.validation.loss)}</td>
<td>${result?.epochs.length ?? ''}</td><td>${result ? duration(result.seconds) : ''}</td>
${names.map((setting) => html`<td>${name(shown(settings[setting]))}</td>`)}
<td class="name">${error ? error.message : linkTo(directory)}</td></tr>
`,
  )
  return longTable(head, rows)
}

/** Returns a link to the report of a run, from the directory above. */
function linkTo(directory: string): Html {
  const place = directory.split(/[\\/]/).at(-1)!
  return html`<a href="${place}/report.html">${place}</a>`
}
