// The cells of the table, measured in turn.
import { contestants } from './contestants/register.js'

/**
 * Measures every contestant at every batch size and in every mode, and calls `onCell` after each.
 * `limit`: the seconds after which a cell is given up.
 */
export async function measureAll({ modes, batches, on, only, limit, ...settings }, onCell) {
  const chosen = contestants
    .map((contestant, index) => ({ ...contestant, index }))
    .filter((each) => on.includes(each.on) && each.name.includes(only))
  const cells = []
  for (const mode of modes)
    for (const count of batches)
      for (const { index, name, on, base } of chosen) {
        const result = await measureCell({ ...settings, contestant: index, mode, count }, limit)
        cells.push({ name, on, base, mode, count, ...result })
        onCell(cells)
      }
  return cells
}

/** Resolves with `{ losses, times }`, or with `{ problem }`, or with `{ gaveUp, losses }`. */
function measureCell(work, limit) {
  const worker = new Worker(new URL('./cell.js', import.meta.url), { type: 'module' })
  return new Promise((resolve) => {
    let losses
    const finish = (result) => {
      clearTimeout(timer)
      worker.terminate()
      resolve(result)
    }
    const timer = setTimeout(() => finish({ gaveUp: limit, losses }), limit * 1000)
    worker.addEventListener('message', ({ data }) => {
      losses = data.losses
      if (data.times || data.problem) finish(data)
    })
    worker.addEventListener('error', (event) => finish({ problem: event.message || 'The worker could not start' }))
    worker.postMessage(work)
  })
}
