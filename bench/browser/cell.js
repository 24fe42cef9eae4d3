// A worker that measures one cell of the table: one contestant, one batch. It is terminated when its time is up.
import { contestants } from './contestants/register.js'
import { batchOf } from './problem.js'

const LOSSES = 2

addEventListener('message', async ({ data: { contestant, mode, count, size, threads, seconds } }) => {
  try {
    const { load, backend } = contestants[contestant]
    const { prepare } = await load()
    const step = await prepare(backend, { mode, threads, batch: batchOf(count, size) })
    // The first steps compile and warm up. Their losses are compared: the second one contains the first update.
    const losses = []
    for (let i = 0; i < LOSSES; i++) {
      losses.push(await step())
      postMessage({ losses: [...losses] })
    }
    postMessage({ losses, times: await measured(step, seconds) })
  } catch (error) {
    postMessage({ problem: `${error?.message ?? error}`.split('\n')[0] })
  }
})

/** Milliseconds of each step, for some seconds, three steps at the least. Each ends when its loss has arrived. */
async function measured(step, seconds) {
  const times = []
  for (const start = performance.now(); times.length < 3 || performance.now() - start < seconds * 1000; ) {
    const before = performance.now()
    await step()
    times.push(performance.now() - before)
  }
  return times
}
