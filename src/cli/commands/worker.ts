import { once } from 'node:events'
import { hostname } from 'node:os'
import { clusterWorker, type WorkerEvent } from '../../cluster.node.js'
import { queueOptions } from '../cluster/options.js'
import { cliError } from '../errors.js'
import { command } from '../options/Command.js'
import { whole } from '../options/options.js'

export const worker = command({
  name: 'worker',
  summary: 'take jobs from a queue in Redis until it is told to stop',
  positionals: [],
  options: {
    ...queueOptions,
    concurrency: whole('jobs at a time, each in a process of its own', { min: 1, default: 1 }),
    threads: whole('threads of the arithmetic of a job', { min: 1, otherwise: 'the processors, shared by the jobs' }),
    lock: whole('seconds without a sign of life after which jobs of a worker are given to others', {
      min: 1,
      default: 30,
    }),
  },
  examples: [
    { line: 'worker --redis redis://10.0.0.5 --concurrency 2', says: 'on any number of machines' },
    { line: 'worker --config worker.json', says: 'an address with a password, which no list of processes shows' },
  ],
  async run({ options: { redis, lock, threads, ...options }, out, signal }) {
    if (redis === undefined)
      throw cliError('cli/arguments', { command: 'worker', problem: '--redis is missing: the address of the queue' })
    const tell = (event: WorkerEvent) => (out.json ? out.record(plainEvent(event)) : out.note(lineOf(event)))
    const running = await clusterWorker({
      ...options,
      url: redis,
      jobThreads: threads,
      lockSeconds: lock,
      onEvent: tell,
    })
    if (!out.json) out.note(`${hostname()} takes jobs, ${options.concurrency} at a time`)
    if (!signal.aborted) await once(signal, 'abort')
    if (!out.json) out.note('finishing the jobs at hand; a second signal ends at once')
    await running.close()
    return 0
  },
})

const plainEvent = ({ error, ...event }: WorkerEvent): object => ({ ...event, ...(error && { error: error.message }) })

function lineOf({ type, kind, id, seconds, error }: WorkerEvent): string {
  const time = seconds === undefined ? '' : ` in ${seconds.toFixed(1)} s`
  return `${kind} ${id} ${type}${time}${error ? `: ${error.message}` : ''}`
}
