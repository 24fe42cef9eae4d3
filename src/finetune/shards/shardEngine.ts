import { openStore } from '#platform'
import { createLoader } from '../../data/loader/createLoader.js'
import type { LoaderOptions } from '../../data/loader/loaderOptions.js'
import type { FileStore } from '../../platform/contract.js'
import { TrainingEngine } from '../../session/client/TrainingEngine.js'
import { compose } from '../../transforms/compose.js'
import { fromSpec } from '../../transforms/register.js'
import { type Batches, imageBatches } from '../batches/batches.js'
import { maskedBatches } from '../batches/dropout.js'
import { mixedBatches } from '../batches/mixedBatches.js'
import { readRunFiles, type ShardRun } from './runFiles.js'

/** A run as a worker has it open: it computes the rounds of any of its shards, one after another. */
export interface ShardEngine {
  readonly directory: string
  readonly store: FileStore
  readonly run: ShardRun
  readonly session: TrainingEngine
  readonly batches: Batches
  close(): Promise<void>
}

async function openEngine(directory: string): Promise<ShardEngine> {
  const { run, artifacts } = await readRunFiles(directory)
  const session = await TrainingEngine.create({ artifacts, ...run.engine })
  const batches = batchesOf(run)
  return {
    directory,
    store: openStore(directory),
    run,
    session,
    batches,
    close: async () => void (await Promise.all([session.release(), batches.close()])),
  }
}

function batchesOf({ classes, samples, transform, input, loading, masks, mixing }: ShardRun): Batches {
  const steps = transform.map(fromSpec) as unknown as [LoaderOptions['transform']]
  const loader = createLoader({ classes, samples }, { ...loading, transform: compose(steps), shuffle: true })
  const batches = imageBatches(loader, input)
  const { mixup, cutmix } = mixing
  const { seed } = loading
  const mixed = mixup || cutmix ? mixedBatches(batches, { mixing, seed, classes: classes.length }) : batches
  return maskedBatches(mixed, masks, seed)
}

/** The time in milliseconds after which an engine that has no work is closed. */
const IDLE = 60_000

interface Idle {
  readonly engine: ShardEngine
  readonly timer: ReturnType<typeof setTimeout>
}

/** Engines without work. A round takes one of its run, for it takes longer to open a network than to train a few steps. */
const idle: Idle[] = []

/** Uses an engine of a run for one round. An engine whose round fails is closed. */
export async function withEngine<T>(directory: string, use: (engine: ShardEngine) => Promise<T>): Promise<T> {
  const engine = takeIdle(directory) ?? (await openEngine(directory))
  try {
    const result = await use(engine)
    putIdle(engine)
    return result
  } catch (error) {
    await engine.close()
    throw error
  }
}

function takeIdle(directory: string): ShardEngine | undefined {
  const at = idle.findIndex(({ engine }) => engine.directory === directory)
  if (at < 0) return undefined
  const [{ engine, timer }] = idle.splice(at, 1) as [Idle]
  clearTimeout(timer)
  return engine
}

function putIdle(engine: ShardEngine): void {
  const timer = setTimeout(() => void closeIdle(({ engine: other }) => other === engine), IDLE)
  // It keeps no process alive.
  ;(timer as { unref?(): void }).unref?.()
  idle.push({ engine, timer })
  void closeIdle(({ engine: other }) => other.directory !== engine.directory)
}

/** Closes idle engines. Default: all. */
export async function closeIdle(isMeant: (idle: Idle) => boolean = () => true): Promise<void> {
  const meant = idle.filter(isMeant)
  for (const { timer } of meant) clearTimeout(timer)
  idle.splice(0, idle.length, ...idle.filter((other) => !meant.includes(other)))
  await Promise.all(meant.map(({ engine }) => engine.close()))
}
