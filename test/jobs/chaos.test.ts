// Predictions by shards while workers and Redis are killed, and the shards cannot be written for a while. The gate kills
// a few; CHAOS=30 kills that many workers, over ten times as many shards, and waits longer.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Cluster, localCluster, predictShards, redisCluster } from '../../src/cluster.node.js'
import { seededRandom } from '../../src/random.js'
import { noRedis, startRedis } from '../cluster/support/redis.js'
import { classifier, linesOf, writeList } from './support.js'

const KILLS = Number(process.env.CHAOS ?? 3)
const SHARDS = KILLS > 3 ? 200 : 24
const PER_SHARD = 8
const WORKERS = 3
/** The time for which the directory of the shards cannot be written, in milliseconds. */
const AWAY = KILLS > 3 ? 5000 : 300
const random = seededRandom('chaos')

/** Predicts, calls `disturb` from time to time until it has been done `KILLS` times, and takes the directory away once. */
async function predictDisturbed(cluster: Cluster, disturb: (time: number) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'chaos-'))
  const list = await writeList(directory, SHARDS * PER_SHARD)
  const out = join(directory, 'out')
  let [times, back] = [0, Promise.resolve()]
  const result = await predictShards({
    ...{ classifier, list, out, cluster, shards: SHARDS, attempts: 10 },
    onProgress: ({ done }) => {
      if (times >= KILLS || done < ((times + 1) * SHARDS) / (KILLS + 2)) return
      if (times === KILLS - 1) back = takeAway(out)
      void disturb(times++)
    },
  })
  await back
  expect(times).toBe(KILLS)
  expect(result).toMatchObject({ done: SHARDS, failed: 0, doneImages: SHARDS * PER_SHARD })
  await demandEachOnce(list, out)
}

/** Puts a file in the place of a directory for a while: permissions alone do not keep the superuser from writing. */
async function takeAway(directory: string): Promise<void> {
  const aside = `${directory}-aside`
  await rename(directory, aside)
  await writeFile(directory, '')
  await setTimeout(AWAY)
  await rm(directory)
  await rename(aside, directory)
}

/** Demands a line for each image in the order of the list, in whole files, and nothing beside them. */
async function demandEachOnce(list: string, out: string): Promise<void> {
  const files = (await readdir(out)).filter((name) => name.endsWith('.jsonl')).sort()
  const lines = (await Promise.all(files.map((file) => linesOf(join(out, file))))).flat()
  const listed = (await readFile(list, 'utf8')).split('\n')
  const expected = listed.map((line) => (line.startsWith('{') ? JSON.parse(line).source : line))
  expect(files).toHaveLength(SHARDS)
  expect(lines.map(({ source }) => source)).toEqual(expected)
  expect(lines.every(({ label, error }) => (label === undefined) !== (error === undefined))).toBe(true)
}

/** Elsewhere a process does not tell which others it has started. */
const isLinux = process.platform === 'linux'

test.skipIf(!isLinux)('every prediction is there once, though processes are killed', async () => {
  const cluster = localCluster({ concurrency: WORKERS, jobThreads: 1 })
  await predictDisturbed(cluster, async () => {
    const children = await childrenOf(process.pid)
    const victim = children[random.integer(0, children.length - 1)]
    if (victim !== undefined) process.kill(victim, 'SIGKILL')
  })
  await cluster.close()
})

if (noRedis) console.warn(`The tests with Redis are skipped: ${noRedis}`)
describe.skipIf(noRedis !== undefined)('with Redis', () => {
  test('every prediction is there once, though workers are killed, and Redis is', async () => {
    const server = await startRedis()
    const start = () =>
      spawn(process.execPath, ['dist/cli/bin.js', 'worker', '--redis', server.url, '--threads', '1', '--lock', '1'])
    const workers: ChildProcess[] = Array.from({ length: WORKERS }, start)
    const cluster = redisCluster({ url: server.url })
    await predictDisturbed(cluster, async (time) => {
      if (time === 1) return server.restart()
      const place = random.integer(0, WORKERS - 1)
      workers[place]!.kill('SIGKILL')
      await setTimeout(100)
      workers[place] = start()
    })
    await cluster.close()
    await Promise.all(
      workers.map((worker) => {
        const ended = once(worker, 'exit')
        worker.kill('SIGKILL')
        return ended
      }),
    )
    await server.stop()
  })
})

/** The processes that a process has started. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}
