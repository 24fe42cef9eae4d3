import { sweep as runSweep, type SweepRun } from '../../cluster.node.js'
import { clusterOf, clusterOptions } from '../cluster/options.js'
import { readSweep } from '../finetune/sweepFile.js'
import { command } from '../options/Command.js'
import { directory, whole } from '../options/options.js'
import { percent, plural } from '../terminal/format.js'
import { table } from '../terminal/layout.js'

export const sweep = command({
  name: 'sweep',
  summary: 'train with one choice of options after another, and compare the results',
  positionals: [
    {
      placeholder: 'SWEEP.json',
      summary: 'images, the options of train to search and those that all runs have',
      completion: 'file',
    },
  ],
  options: {
    out: directory('where runs, results.json and report.html are written; runs that are there are not done again', {
      default: 'sweep',
    }),
    threads: whole('threads of the arithmetic of a run', { min: 1, otherwise: 'the processors, shared by the runs' }),
    ...clusterOptions,
  },
  examples: [
    { line: 'sweep sweep.json --out sweep', says: 'on this machine; the same line continues what was ended' },
    { line: 'sweep sweep.json --out /data/sweep --redis redis://10.0.0.5', says: 'on many machines' },
  ],
  async run({ args: [file], options: { out: place, threads, ...where }, out, signal }) {
    const described = await readSweep(file!)
    const cluster = clusterOf(where, threads)
    try {
      const onProgress = (runs: readonly SweepRun[]) =>
        out.json ? out.record({ type: 'progress', done: runs.length }) : out.status(progressOf(runs))
      const runs = await runSweep({ ...described, out: place, cluster, onProgress, signal })
      if (out.json) out.record({ type: 'done', runs: runs.map(plain) })
      else out.result(runs.map(plain), () => linesOf(runs))
      return runs.some(({ error }) => error) ? 1 : 0
    } finally {
      await cluster.close()
    }
  },
})

function progressOf(runs: readonly SweepRun[]): string {
  const [best] = runs
  return `${plural(runs.length, 'run')}${best?.result ? `, the best ${percent(best.result.validation.accuracy)}` : ''}`
}

const plain = ({ error, ...run }: SweepRun): object => ({ ...run, ...(error && { error: error.message }) })

function linesOf(runs: readonly SweepRun[]): string[] {
  const names = [...new Set(runs.flatMap(({ settings }) => Object.keys(settings)))]
  const rows = runs.map(({ settings, result, error, directory: place }) => [
    ...measuresOf(result),
    ...names.map((name) => String(settings[name])),
    error ? error.message : place,
  ])
  return table([['accuracy', 'loss', 'epochs', ...names, 'directory'], ...rows])
}

const measuresOf = (result: SweepRun['result']): string[] =>
  result
    ? [percent(result.validation.accuracy), result.validation.loss.toFixed(3), String(result.epochs.length)]
    : ['failed', '', '']
