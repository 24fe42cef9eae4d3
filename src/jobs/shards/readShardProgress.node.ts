import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { checkArgument, kinds } from '../../arguments.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { jobError } from '../errors.js'
import { linesBefore } from './imageList.node.js'
import type { ShardProgress } from './ShardCounter.js'
import { FAILED, JOB } from './ShardFiles.node.js'

/** The progress of a job of many shards, as its files tell it. */
export interface JobProgress extends ShardProgress {
  /** The kind of the job: `predict`, `features`. */
  readonly job: string
  /** The directory with its shards. */
  readonly directory: string
  /** The shards that failed at every attempt, and why. */
  readonly failures: readonly { readonly shard: number; readonly file: string; readonly error: string }[]
  /** The time at which the last shard was done; undefined if none is. */
  readonly lastAt: Date | undefined
}

const jobSchema = z.object({ job: z.string(), shards: z.int().min(1), images: z.int().min(0) })
const failuresSchema = z.array(z.object({ shard: z.int(), file: z.string(), error: z.string() }))

/**
 * Reads the progress of predictions (`predictShards`, `predict --list`) or of features (`computeFeatures`) from their
 * directory: on any machine that can read it, whichever process gives out the jobs, and after it has ended. The pace is
 * that since the beginning of the last call.
 *
 *     for (const { done, shards, secondsLeft } of await readShardProgress('/data/predictions')) ...
 *
 * @returns a job, or for features one for each view whose features are not complete
 * @throws FineTuneError 'jobs/no-job' if there is none, 'options/invalid'
 */
export async function readShardProgress(directory: string): Promise<readonly JobProgress[]> {
  checkArgument('readShardProgress: directory', directory, kinds.name)
  const names = await readdir(directory).catch((cause) => {
    throw jobError('jobs/no-job', { directory, problem: diskProblem(cause) }, { cause })
  })
  const places = names.includes(JOB)
    ? [directory]
    : names.filter((name) => name.startsWith('shards-')).map((name) => join(directory, name))
  if (places.length === 0) throw jobError('jobs/no-job', { directory, problem: `it has no ${JOB}` })
  return Promise.all(places.map(progressIn))
}

async function progressIn(directory: string): Promise<JobProgress> {
  const { job, shards, images } = await readJson(directory, JOB, jobSchema)
  const failures = await readJson(directory, FAILED, failuresSchema, [])
  const done = await shardsIn(directory, shards)
  // By the clock of the file system alone, as the shards are.
  const begun = (await stat(join(directory, JOB))).mtimeMs
  const before = (shard: number) => linesBefore(shard, images, shards)
  const imagesOf = (some: readonly DoneShard[]) =>
    some.reduce((sum, { shard }) => sum + before(shard + 1) - before(shard), 0)
  const [doneImages, now] = [imagesOf(done), imagesOf(done.filter(({ time }) => time > begun))]
  const last = done.reduce((latest, { time }) => Math.max(latest, time), 0)
  const imagesPerSecond = now > 0 ? (1000 * now) / Math.max(last - begun, 1) : 0
  return {
    ...{ job, directory, shards, done: done.length, failed: failures.length, images, doneImages, imagesPerSecond },
    secondsLeft: imagesPerSecond > 0 ? (images - doneImages) / imagesPerSecond : undefined,
    ...{ failures, lastAt: done.length > 0 ? new Date(last) : undefined },
  }
}

interface DoneShard {
  readonly shard: number
  readonly time: number
}

async function shardsIn(directory: string, shards: number): Promise<DoneShard[]> {
  const found: DoneShard[] = []
  for (const name of await readdir(directory)) {
    const [, shard, of] = /^shard-(\d+)-of-(\d+)\.(?:jsonl|safetensors)$/.exec(name) ?? []
    if (shard === undefined || Number(of) !== shards) continue
    found.push({ shard: Number(shard), time: (await stat(join(directory, name))).mtimeMs })
  }
  return found
}

/** Reads a file of a job. @param otherwise its content if it is missing; without it, that is an error */
async function readJson<S extends z.ZodType>(
  directory: string,
  name: string,
  schema: S,
  otherwise?: z.output<S>,
): Promise<z.output<S>> {
  const text = await readFile(join(directory, name), 'utf8').catch((cause) => {
    if (otherwise !== undefined) return undefined
    throw jobError('jobs/no-job', { directory, problem: diskProblem(cause) }, { cause })
  })
  try {
    return text === undefined ? otherwise! : schema.parse(JSON.parse(text))
  } catch (cause) {
    throw jobError('jobs/no-job', { directory, problem: `${name} is not as a job writes it` }, { cause })
  }
}
