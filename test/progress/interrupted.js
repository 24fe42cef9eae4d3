/** Shows a run in what claims to be a terminal, and interrupts itself meanwhile. */
import { showProgress } from '../../dist/node.js'

async function* run() {
  process.kill(process.pid, 'SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 10_000))
}
const stream = { isTTY: true, columns: 80, write: (text) => process.stdout.write(text) }
await showProgress(run(), { stream })
