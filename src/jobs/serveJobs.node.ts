import { type JobCalls, type JobKinds, runJob } from '../cluster/JobKind.js'
import { serveParent } from '../threads/serveParent.js'

/** Carries out, inside a process for jobs, those of the process that started it. */
export function serveJobs(kinds: JobKinds): void {
  // A terminal sends Ctrl-C, and a service manager its signal, to all processes: the one that started this decides.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {})
  process.on('disconnect', () => process.exit())
  serveParent<JobCalls>({
    handlers: { run: ([kind, input, threads], signal) => runJob(kinds, kind, input, { threads, signal }) },
  })
}
