import { errorToPlain, isFineTuneError } from '../../errors.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { StoredFile } from '../../platform/contract.js'
import type { StepBatch } from '../batches/batches.js'
import { feedsOf, transferOptions } from '../batches/evaluateBatches.js'
import { skippedToPlain } from '../checkpoint/RunState.js'
import { finetuneError } from '../errors.js'
import { Metrics } from '../record/metrics.js'
import { changePieces, type RoundState, readState, stateOf, statePieces } from './roundState.js'
import { type ShardEngine, withEngine } from './shardEngine.js'
import type { ShardJob, ShardResult } from './shardJob.js'

/**
 * Trains a shard for a round: from the common state over its batches, a step for each, to a state of its own, which is
 * written to a file. The result depends on the job and the run's files alone, so a job may be repeated anywhere.
 *
 * @throws FineTuneError 'train/bad-run-files', those of the session and of the loader; the signal's reason
 */
export const trainShard = (job: ShardJob, signal?: AbortSignal): Promise<ShardResult> =>
  withEngine(job.directory, async (engine) => {
    const common = await readCommon(engine, job)
    await engine.session.host.call('setState', [common.weights, common.optimizer])
    const steps: ShardResult['steps'] = []
    try {
      for await (const batch of engine.batches.epoch(job.epoch, job.positions)) {
        signal?.throwIfAborted()
        steps.push(await trainBatch(engine, batch, job.learningRates[job.positions.indexOf(batch.position)]!))
      }
    } catch (error) {
      if (!isFineTuneError(error, 'session/not-finite')) throw error
      return { steps, skipped: skippedOf(engine), notFinite: errorToPlain(error) }
    }
    if (steps.length > 0) await write(engine, job, common)
    return { steps, skipped: skippedOf(engine) }
  })

async function readCommon(engine: ShardEngine, job: ShardJob): Promise<RoundState> {
  const file = await openCommon(engine, job)
  try {
    return await readState(file)
  } catch (cause) {
    throw finetuneError('train/bad-run-files', badState(engine, job, (cause as Error).message), { cause })
  } finally {
    await file.close()
  }
}

async function openCommon(engine: ShardEngine, job: ShardJob): Promise<StoredFile> {
  const file = await engine.store.open(job.state)
  if (file) return file
  throw finetuneError('train/bad-run-files', badState(engine, job, 'there is no such file'))
}

const badState = ({ store }: ShardEngine, { state }: ShardJob, problem: string) => ({
  file: store.locate(state),
  problem,
})

async function trainBatch(
  { session, batches, run }: ShardEngine,
  batch: StepBatch,
  learningRates: Readonly<Record<string, number>>,
): Promise<ShardResult['steps'][number]> {
  const how = { ...transferOptions(batches), mustBeFinite: true, learningRates }
  const outputs = await session.updateStep(feedsOf(batch), how)
  const { labels, position } = batch
  const examples = labels.data.length
  const reduced = (outputs[session.loss] as Tensor<'float32'>).data[0]!
  const loss = run.lossReduction === 'sum' ? reduced : reduced * examples
  const metrics = new Metrics(run.classes.length)
  metrics.add(outputs[run.logits] as Tensor<'float32'>, { labels }, loss)
  return { position, loss, hits: metrics.sums.hits, examples }
}

async function write(engine: ShardEngine, job: ShardJob, common: RoundState): Promise<void> {
  const { session, store } = engine
  // The run may have ended meanwhile: to write would make its directory anew.
  await (await openCommon(engine, job)).close()
  const state = await stateOf(session)
  const pieces = job.transport === 'float32' ? statePieces(state) : changePieces(state, common, session.trainable)
  await store.write(job.output, pieces)
}

const skippedOf = ({ batches }: ShardEngine): ShardResult['skipped'] => batches.skipped.map(skippedToPlain)
