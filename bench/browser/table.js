// The table as Markdown.

const MODES = { train: 'full step', head: 'head only' }
const TOLERANCE = 1e-3

/** The cells as a table: a row for each contestant and batch, with its ratio to this library on the same processor. */
export function tableOf(cells) {
  const rows = cells.map((cell) => {
    const base = cells.find((other) => other.base && ['on', 'mode', 'count'].every((key) => other[key] === cell[key]))
    return [
      cell.name,
      MODES[cell.mode],
      cell.count,
      timeOf(cell),
      rateOf(cell),
      ratioOf(cell, base),
      lossOf(cell, base),
    ]
  })
  const head = ['', 'work', 'batch', 'ms a step', 'images/s', 'time against ours', 'losses']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]
const timeOf = ({ times, problem, gaveUp }) => {
  if (times) return median(times).toFixed(0)
  return gaveUp ? `> ${gaveUp} s` : problem.slice(0, 90).replaceAll('|', '/')
}
const rateOf = ({ times, count }) => (times ? ((1000 * count) / median(times)).toFixed(2) : '')
const ratioOf = ({ times }, base) => (times && base?.times ? (median(times) / median(base.times)).toFixed(2) : '')

/** The losses of the first steps, and whether they are those of this library. */
function lossOf({ losses, base: isBase }, base) {
  if (!losses?.length) return ''
  const shown = losses.map((loss) => loss.toFixed(4)).join(', ')
  if (isBase || !base?.losses) return shown
  const isSame = losses.every((loss, i) => Math.abs(loss - base.losses[i]) <= TOLERANCE * Math.abs(base.losses[i]))
  return isSame ? `${shown} (same)` : `${shown} (DIFFERENT)`
}
