import { type JobProgress, readShardProgress } from '../../cluster.node.js'
import { statusOf, timeOf } from '../cluster/progress.js'
import { command } from '../options/Command.js'
import { count, plural } from '../terminal/format.js'

/** The most failed shards to list. */
const LISTED = 10

export const progress = command({
  name: 'progress',
  summary: 'show how far predictions or features by shards are, from any terminal',
  positionals: [
    {
      placeholder: 'DIR',
      summary: 'the --out DIR of predict --list, or the directory of computeFeatures',
      completion: 'directory',
    },
  ],
  options: {},
  examples: [
    { line: 'progress /data/predictions', says: 'shards done and failed, images per second, time left' },
    { line: 'progress /data/predictions --json', says: 'the same for programs' },
  ],
  async run({ args: [directory], out }) {
    const jobs = await readShardProgress(directory!)
    out.result(jobs, () => jobs.flatMap(linesOf))
    return 0
  },
})

function linesOf(job: JobProgress): string[] {
  const { directory, doneImages, images, failures, lastAt } = job
  const ago = lastAt && timeOf(Math.max(0, (Date.now() - lastAt.getTime()) / 1000))
  return [
    `${job.job} in ${directory}: ${statusOf(job)}`,
    `${count(doneImages)} of ${plural(images, 'image')}${ago ? `; the last shard was done ${ago} ago` : ''}`,
    ...failures.slice(0, LISTED).map(({ file, error }) => `failed: ${file}: ${error}`),
    ...(failures.length > LISTED ? [`and ${failures.length - LISTED} more that failed`] : []),
  ]
}
