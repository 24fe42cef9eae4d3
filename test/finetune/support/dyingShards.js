// The script of a process for jobs that kills itself while it trains a shard, as often as the directory SHARD_KILLS has
// files that it can remove, but no shard's round more than twice.
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { jobKinds } from '../../../dist/jobs/register.js'
import { serveJobs } from '../../../dist/jobs/serveJobs.node.js'

const directory = process.env.SHARD_KILLS
const { trainShard } = jobKinds

/** Tells whether to die in a job; each time takes a file away. */
function takesKill({ output }) {
  const log = join(directory, '..', 'killed')
  const times = readFileSync(log, 'utf8')
    .split('\n')
    .filter((name) => name === output).length
  if (times >= 2) return false
  try {
    // Over the whole run, if there are many.
    if (readdirSync(directory).length > 1 && Math.random() < 0.3) return false
    rmSync(join(directory, readdirSync(directory)[0]))
  } catch {
    return false
  }
  appendFileSync(log, `${output}\n`)
  return true
}

serveJobs({
  trainShard: {
    ...trainShard,
    run(job, context) {
      // From before the network is open to after the file is written.
      if (takesKill(job)) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() ** 2 * 1500)
      return trainShard.run(job, context)
    },
  },
})
