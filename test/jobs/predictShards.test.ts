import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localCluster, predictShards, readShardProgress, type ShardProgress } from '../../src/cluster.node.js'
import { loadClassifier } from '../../src/index.js'
import { run } from '../cli/support.js'
import { classifier, images, linesOf, writeList } from './support.js'

const LENGTH = 25
const cluster = localCluster({ concurrency: 2, jobThreads: 1 })
const directory = await mkdtemp(join(tmpdir(), 'predict-'))
const out = join(directory, 'predictions')
let list = ''
beforeAll(async () => {
  list = await writeList(directory, LENGTH)
})
afterAll(() => cluster.close())

const predict = (options: Partial<Parameters<typeof predictShards>[0]> = {}) =>
  predictShards({ classifier, list, out, shards: 4, top: 2, cluster, ...options })

test('writes a line for each image, in the order of the list, as the classifier predicts', async () => {
  const steps: ShardProgress[] = []
  const result = await predict({ onProgress: (step) => steps.push(step) })
  expect(result).toMatchObject({ shards: 4, done: 4, failed: 0, images: LENGTH, doneImages: LENGTH, unreadable: 2 })
  expect(result.failures).toEqual([])
  expect(steps[0]).toMatchObject({ done: 0, doneImages: 0, secondsLeft: undefined })
  expect(steps.at(-1)).toMatchObject({ done: 4, doneImages: LENGTH, secondsLeft: 0 })

  const files = (await readdir(out)).sort()
  expect(files).toEqual(['job.json', ...[0, 1, 2, 3].map((i) => `shard-0000${i}-of-00004.jsonl`)])
  const lines = (await Promise.all(files.slice(1).map((file) => linesOf(join(out, file))))).flat()
  const direct = await loadClassifier(classifier, { threads: 1 })
  const expected = await direct.classify(images, { top: 2 })
  await direct.release()
  expect(lines).toHaveLength(LENGTH)
  for (const [i, line] of lines.entries()) {
    if (i % 10 === 9) {
      expect(line).toEqual({ source: 'broken.png', error: expect.stringContaining('Cannot classify the image') })
      continue
    }
    const { label, score, scores } = expected[i % 2]!
    expect(line).toMatchObject({ source: images[i % 2], label })
    expect(line.score).toBeCloseTo(score, 5)
    expect(line.scores).toHaveLength(scores.length)
  }
})

test('with resume does what is missing, and nothing else', async () => {
  const file = (shard: number) => join(out, `shard-0000${shard}-of-00004.jsonl`)
  const before = await readFile(file(2), 'utf8')
  const { mtimeMs } = await stat(file(1))
  await rm(file(2))
  const result = await predict({ resume: true })
  expect(result).toMatchObject({ done: 4, doneImages: LENGTH })
  expect(await readFile(file(2), 'utf8')).toBe(before)
  expect((await stat(file(1))).mtimeMs).toBe(mtimeMs)
})

test('the progress is read from the files, that of the last call', async () => {
  const [progress, ...others] = await readShardProgress(out)
  expect(others).toEqual([])
  expect(progress).toMatchObject({ job: 'predict', directory: out, shards: 4, done: 4, failed: 0, failures: [] })
  expect(progress).toMatchObject({ images: LENGTH, doneImages: LENGTH, secondsLeft: 0 })
  // The call before has done one shard, of six or seven images.
  const begun = (await stat(join(out, 'job.json'))).mtimeMs
  const { mtimeMs } = await stat(join(out, 'shard-00002-of-00004.jsonl'))
  expect(progress!.lastAt!.getTime()).toBe(Math.floor(mtimeMs))
  expect((progress!.imagesPerSecond * (mtimeMs - begun)) / 1000).toBeCloseTo(6, 6)

  await rename(join(out, 'shard-00003-of-00004.jsonl'), join(directory, 'aside'))
  const [less] = await readShardProgress(out)
  await rename(join(directory, 'aside'), join(out, 'shard-00003-of-00004.jsonl'))
  expect(less).toMatchObject({ done: 3, doneImages: 18 })
  expect(less!.secondsLeft).toBeCloseTo(7 / less!.imagesPerSecond, 6)
})

test('does not mix the predictions of two jobs', async () => {
  await expect(predict()).rejects.toMatchObject({ code: 'jobs/not-empty', facts: { directory: out } })
  await expect(predict({ resume: true, top: 1, shards: 3 })).rejects.toMatchObject({
    code: 'jobs/other-job',
    facts: { differences: ['shards', 'top'] },
  })
})

test('tells the shards that failed, keeps their list, and tries them again', async () => {
  const [place, bad] = [join(directory, 'other'), join(directory, 'bad.jsonl')]
  await writeFile(bad, [images[0], '{"source": 1}', images[1]].join('\n'))
  const options = { list: bad, out: place, shards: 3, attempts: 1 }
  const { failures, ...result } = await predict(options)
  expect(result).toMatchObject({ shards: 3, done: 2, failed: 1, images: 3, doneImages: 2 })
  expect(failures).toMatchObject([{ shard: 1, error: { code: 'jobs/bad-list', facts: { line: 2 } } }])
  expect(JSON.parse(await readFile(join(place, 'failed.json'), 'utf8'))).toEqual([
    { shard: 1, file: join(place, 'shard-00001-of-00003.jsonl'), error: failures[0]!.error.message },
  ])
  const { code, stdout } = await run(['progress', place])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^predict in .*other: 2 of 3 shards, 1 failed, \d+\.\d images\/s, \d+ s left\n2 of 3 images; the last shard was done \d+ s ago\nfailed: .*shard-00001-of-00003\.jsonl: .*bad\.jsonl/,
  )
  expect(await predict({ ...options, resume: true })).toMatchObject({ done: 2, failed: 1 })
})

test('says what cannot be read before any job', async () => {
  await expect(predict({ classifier: 'missing.onnx', out: join(directory, 'none') })).rejects.toMatchObject({
    code: 'deploy/unreadable',
  })
  await expect(predict({ list: 'missing.txt' })).rejects.toMatchObject({ code: 'jobs/bad-list' })
})

test('there is no progress where no job is', async () => {
  for (const place of [directory, join(directory, 'nowhere')])
    await expect(readShardProgress(place)).rejects.toMatchObject({ code: 'jobs/no-job', facts: { directory: place } })
  await writeFile(join(directory, 'job.json'), '{"job": "predict"}')
  await expect(readShardProgress(directory)).rejects.toThrow('job.json is not as a job writes it')
})
