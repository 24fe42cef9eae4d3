// Runs on processes that die meanwhile. The gate kills few; `KILLS=30 npx vitest run test/finetune/shards/chaos.test.ts`
// kills as many, over 12 rounds, and Redis once.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Cluster } from '../../../src/cluster/Cluster.js'
import { clusterOfProcesses } from '../../../src/cluster/localCluster.js'
import { type WorkerEvent, workerOfProcesses } from '../../../src/cluster/redis/clusterWorker.node.js'
import { redisCluster } from '../../../src/cluster/redis/redisCluster.node.js'
import { fineTune } from '../../../src/finetune/fineTune.js'
import { closeIdle } from '../../../src/finetune/shards/shardEngine.js'
import { paramGroups } from '../../../src/model/paramGroups.js'
import { saveWeights } from '../../../src/model/saveWeights.js'
import { adamW } from '../../../src/optim/adam.js'
import { noRedis, startRedis } from '../../cluster/support/redis.js'
import { clusterInProcess } from '../support/clusterInProcess.js'
import { imageFiles } from '../support/imageFiles.js'
import { tinyModel } from '../support/tinyModel.js'

const KILLS = Number(process.env.KILLS ?? 1)
/** The rounds: one, or 12 in two epochs. */
const [IMAGES, EPOCHS] = KILLS > 1 ? [72, 2] : [12, 1]
const script = new URL('../support/dyingShards.js', import.meta.url)

const directory = await mkdtemp(join(tmpdir(), 'chaos-'))
const train = await imageFiles(directory, IMAGES, 0)

afterAll(async () => {
  await closeIdle()
  await rm(directory, { recursive: true, force: true })
})

/** The weights that a run ends with. */
async function weightsOf(cluster: 'local' | Cluster): Promise<string> {
  const model = tinyModel()
  await fineTune(model, {
    ...{ train, epochs: EPOCHS, batchSize: 2, workers: 0, seed: 3 },
    optimizer: adamW(paramGroups(model, { lr: 0.002 })),
    ...{ cluster, shards: 3, localSteps: 2, sharedDirectory: join(directory, 'shared') },
  })
  return Buffer.from(saveWeights(model)).toString('base64')
}

/** Lets the processes of a cluster die, and returns how often they did. */
async function withKills(use: () => Promise<void>): Promise<number> {
  const kills = join(directory, 'kills')
  await mkdir(kills, { recursive: true })
  await writeFile(join(directory, 'killed'), '')
  for (let i = 0; i < KILLS; i++) await writeFile(join(kills, `${i}`), '')
  process.env.SHARD_KILLS = kills
  try {
    await use()
  } finally {
    delete process.env.SHARD_KILLS
  }
  return (await readFile(join(directory, 'killed'), 'utf8')).split('\n').length - 1
}

const undisturbed = await weightsOf(clusterInProcess(1))

describe('a run on many workers has the same bytes', () => {
  test('on processes of this machine', async () => {
    expect(await weightsOf('local')).toBe(undisturbed)
  })

  test('on processes that are killed', async () => {
    const cluster = clusterOfProcesses({ concurrency: 3, jobThreads: 1, script })
    const killed = await withKills(async () => {
      expect(await weightsOf(cluster)).toBe(undisturbed)
    }).finally(() => cluster.close())
    expect(killed).toBeGreaterThan(0)
  })

  test.skipIf(noRedis)(`on workers of Redis that are killed${noRedis ? `: ${noRedis}` : ''}`, async () => {
    const server = await startRedis()
    const settings = { url: server.url, prefix: 'rounds' }
    const killed = await withKills(async () => {
      let restarted: Promise<void> | undefined
      const onEvent = ({ type }: WorkerEvent) => {
        if (KILLS > 1 && type === 'done') restarted ??= server.restart()
      }
      const where = { ...settings, lockSeconds: 1, onEvent }
      const worker = await workerOfProcesses({ concurrency: 3, jobThreads: 1, script, ...where })
      const cluster = redisCluster(settings)
      try {
        expect(await weightsOf(cluster)).toBe(undisturbed)
        await restarted
      } finally {
        await cluster.close()
        await worker.close()
      }
    }).finally(() => server.stop())
    expect(killed).toBeGreaterThan(0)
  })
})
