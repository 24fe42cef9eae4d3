import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cluster, JobResult } from '../../src/cluster/Cluster.js'
import { clusterOfProcesses } from '../../src/cluster/localCluster.js'
import { type ClusterWorker, type WorkerEvent, workerOfProcesses } from '../../src/cluster/redis/clusterWorker.node.js'
import { JobQueue } from '../../src/cluster/redis/JobQueue.node.js'
import { redisCluster } from '../../src/cluster/redis/redisCluster.node.js'
import { isFineTuneError } from '../../src/errors.js'
import { noRedis, type RedisServer, startRedis } from './support/redis.js'

const script = new URL('support/job.js', import.meta.url)
const processes = { concurrency: 2, jobThreads: 1, script }

interface Opened {
  readonly cluster: Cluster
  close(): Promise<void>
}

const local = async (): Promise<Opened> => {
  const cluster = clusterOfProcesses(processes)
  return { cluster, close: () => cluster.close() }
}

let server: RedisServer | undefined
const overRedis = async (): Promise<Opened> => {
  const url = server!.url
  const worker: ClusterWorker = await workerOfProcesses({ ...processes, url, prefix: 'test', lockSeconds: 1 })
  const cluster = redisCluster({ url, prefix: 'test' })
  const close = async () => {
    await cluster.close()
    await worker.close()
  }
  return { cluster, close }
}

async function collect<I extends object>(
  results: AsyncIterable<JobResult<I, object>>,
): Promise<JobResult<I, object>[]> {
  const all: JobResult<I, object>[] = []
  for await (const result of results) all.push(result)
  return all
}

test('a program ends when it has closed its cluster', async () => {
  const program = fileURLToPath(new URL('support/program.js', import.meta.url))
  expect(await promisify(execFile)(process.execPath, [program])).toEqual({ stdout: 'done', stderr: '' })
})

if (noRedis) console.warn(`The tests with Redis are skipped: ${noRedis}`)
else {
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server?.stop())
}

test.skipIf(noRedis !== undefined)('a worker that is closed finishes the job at hand, and takes no other', async () => {
  const where = { url: server!.url, prefix: 'closing' }
  let begun = (): void => {}
  const isBusy = new Promise<void>((resolve) => (begun = resolve))
  const onEvent = ({ type }: WorkerEvent) => type === 'begun' && begun()
  const worker = await workerOfProcesses({ ...processes, ...where, concurrency: 1, lockSeconds: 30, onEvent })
  const cluster = redisCluster(where)
  const results = cluster.map('sleeping', [{ milliseconds: 500 }, { milliseconds: 501 }])[Symbol.asyncIterator]()
  const first = results.next()
  await isBusy
  await worker.close()
  expect((await first).value).toMatchObject({ output: { milliseconds: 500 } })

  const another = await workerOfProcesses({ ...processes, ...where, lockSeconds: 30 })
  expect((await results.next()).value).toMatchObject({ output: { milliseconds: 501 } })
  await cluster.close()
  await another.close()
})

test.skipIf(noRedis !== undefined)('a job that ends while it is looked for has its result', async () => {
  const where = { url: server!.url, prefix: 'looking' }
  const queue = await JobQueue.open(where, 20)
  // As if the event had been lost.
  queue.events.removeAllListeners('completed')
  let worker: Promise<ClusterWorker> | undefined
  const ended = new Promise<void>((resolve) => {
    const onEvent = ({ type }: WorkerEvent) => type === 'done' && resolve()
    const start = () => workerOfProcesses({ ...processes, ...where, lockSeconds: 30, onEvent })
    const stateOf = queue.queue.getJobState.bind(queue.queue)
    queue.queue.getJobState = async (id) => {
      worker ??= start()
      await ended
      return stateOf(id)
    }
  })
  expect(await queue.run('echo', { value: 7 }, 1, new AbortController().signal)).toMatchObject({ output: { value: 7 } })
  await queue.close()
  await (await worker)!.close()
})

describe.each([
  ['processes of this machine', local, undefined],
  ['workers that take jobs from Redis', overRedis, noRedis],
] as const)('%s', (_, open, missing) => {
  describe.skipIf(missing !== undefined)('', () => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.close())

    test('carry out a job for each input, in several processes', async () => {
      const inputs = Array.from({ length: 40 }, (_, value) => ({ value }))
      const results = await collect(opened.cluster.map('echo', inputs))
      const outputs = results.map(({ output }) => output as { value: number; threads: number; process: number })
      expect(outputs.map(({ value }) => value).sort((a, b) => a - b)).toEqual(inputs.map(({ value }) => value))
      expect(results.every(({ input, output }) => input.value === (output as { value: number }).value)).toBe(true)
      expect(new Set(outputs.map(({ process }) => process)).size).toBe(2)
      expect(outputs[0]!.threads).toBe(1)
    })

    test('tell a failed job with its code and facts, and go on', async () => {
      const results = await collect(opened.cluster.map('failing', [{ path: 'a.jsonl' }], { attempts: 1 }))
      const { input, error } = results[0]!
      expect(input).toEqual({ path: 'a.jsonl' })
      expect(isFineTuneError(error, 'file/cannot-write') && error.facts).toEqual({
        path: 'a.jsonl',
        problem: 'the disk is full',
      })
      expect((await collect(opened.cluster.map('echo', [{ value: 1 }])))[0]?.error).toBeUndefined()
    })

    test('try a job again that failed, or whose process died', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cluster-'))
      for (const kind of ['failingOnce', 'dyingOnce']) {
        const file = join(directory, kind)
        expect(await collect(opened.cluster.map(kind, [{ file }]))).toEqual([{ input: { file }, output: { file } }])
      }
    })

    test('do not try again what fails by its input', async () => {
      const begun = Date.now()
      const [wrong] = await collect(opened.cluster.map('echo', [{ value: 'one' }]))
      expect(wrong?.error).toMatchObject({ code: 'options/invalid', facts: { option: 'job echo: value' } })
      const [unknown] = await collect(opened.cluster.map('eval', [{}]))
      expect(unknown?.error).toMatchObject({ code: 'cluster/unknown-job', facts: { kind: 'eval' } })
      expect(Date.now() - begun).toBeLessThan(60_000)
    })

    test('stop when the signal is aborted, and carry out other jobs', async () => {
      const controller = new AbortController()
      const inputs = Array.from({ length: 1000 }, () => ({ milliseconds: 300 }))
      const results = collect(opened.cluster.map('sleeping', inputs, { signal: controller.signal }))
      await Promise.all([
        expect(results).rejects.toThrow('enough'),
        setTimeout(500).then(() => controller.abort(new Error('enough'))),
      ])
      expect(await collect(opened.cluster.map('echo', [{ value: 1 }]))).toHaveLength(1)
    })
  })
})
