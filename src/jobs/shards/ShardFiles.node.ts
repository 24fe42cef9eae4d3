import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { baseError } from '../../errors.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { writeFileWhole } from '../../platform/node/writeFileWhole.js'
import { jobError } from '../errors.js'

/**
 * The description of the job whose shards lie in a directory: shards of another do not belong to it. It is written at the
 * beginning of every call.
 */
export const JOB = 'job.json'
export const FAILED = 'failed.json'

/** A failed shard, as the file of them lists it. */
export interface FailedShard {
  readonly shard: number
  readonly file: string
  readonly error: Error
}

/** The files of a job's shards in a directory, each named after its number. */
export class ShardFiles {
  readonly #width: number

  private constructor(
    readonly directory: string,
    readonly shards: number,
    readonly ending: string,
  ) {
    this.#width = Math.max(5, String(shards).length)
  }

  /**
   * Opens a directory for a job, which is made if it is missing. Shards that failed are tried again: they are forgotten.
   *
   * @param description all that the shards depend on, as JSON
   * @param options.images the number of images of all shards, for those who look at the progress
   * @throws FineTuneError 'jobs/not-empty' if it has a job and `resume` is false, 'jobs/other-job' if its job is another,
   *   'file/cannot-write'
   */
  static async open(
    directory: string,
    description: Readonly<Record<string, unknown>> & { readonly shards: number },
    { resume, ending, images }: { readonly resume: boolean; readonly ending: string; readonly images: number },
  ): Promise<ShardFiles> {
    await mkdir(directory, { recursive: true }).catch((cause) => {
      throw baseError('file/cannot-write', { path: directory, problem: diskProblem(cause) }, { cause })
    })
    const known = await readFile(join(directory, JOB), 'utf8').catch(() => undefined)
    if (known !== undefined && !resume) throw jobError('jobs/not-empty', { directory })
    if (known !== undefined) demandSame(known, description, directory)
    await writeFileWhole(join(directory, JOB), `${JSON.stringify({ ...description, images }, null, 2)}\n`)
    const files = new ShardFiles(directory, description.shards, ending)
    await files.keepFailed([])
    return files
  }

  /** Returns the name of a shard's file. @param shard from 0 */
  nameOf(shard: number): string {
    const padded = (value: number) => String(value).padStart(this.#width, '0')
    return `shard-${padded(shard)}-of-${padded(this.shards)}.${this.ending}`
  }

  pathOf(shard: number): string {
    return join(this.directory, this.nameOf(shard))
  }

  /** Finds the shards that are done. */
  async done(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(this.directory))
  }

  /** Keeps the failed shards and their errors in a file; if there are none, removes it. */
  async keepFailed(failed: readonly FailedShard[]): Promise<void> {
    const path = join(this.directory, FAILED)
    if (failed.length === 0) return rm(path, { force: true })
    const lines = failed.map(({ shard, file, error }) => ({ shard, file, error: error.message }))
    await writeFileWhole(path, `${JSON.stringify(lines, null, 2)}\n`)
  }
}

function demandSame(known: string, description: Readonly<Record<string, unknown>>, directory: string): void {
  let before: Readonly<Record<string, unknown>> = {}
  try {
    before = Object(JSON.parse(known))
  } catch {
    // Everything differs from what is no JSON.
  }
  const differences = Object.keys(description).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(description[name]),
  )
  if (differences.length > 0) throw jobError('jobs/other-job', { directory, differences })
}
