// A few runs that train a head of ten numbers: each costs what starting the program and opening the network do.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { localCluster, redisCluster, type SweepRun, sweep } from '../../src/cluster.node.js'
import { readSample } from '../../src/index.js'
import { run } from '../cli/support.js'
import { noRedis, startRedis } from '../cluster/support/redis.js'
import { images } from '../finetune/support/smallRun.js'

/** A folder with four images of each class. */
async function folder(directory: string): Promise<string> {
  const drawn = await images(8, 1)
  for (const [i, { label }] of drawn.samples.entries()) {
    const place = join(directory, 'photos', drawn.classes[label]!)
    await mkdir(place, { recursive: true })
    await writeFile(join(place, `${i}.png`), await readSample(drawn, i))
  }
  return join(directory, 'photos')
}

const options = {
  ...{ weights: 'none', width: 2, freeze: 'layer4', 'feature-views': 1, 'image-size': 32, 'batch-size': 4 },
  ...{ epochs: 2, workers: 0, 'validation-split': 0.25 },
}
const description = { options, method: 'asha', factor: 2, search: { lr: [0.1, 0.01] }, runs: 30 } as const

/** What there is of each run in the directory of a sweep, by its name, with the time of its result. */
async function resultsIn(out: string): Promise<Record<string, number | undefined>> {
  const names = (await readdir(out).catch(() => [])).filter((name) => name.startsWith('run-'))
  const timeOf = (name: string) => stat(join(out, name, 'result.json')).then(({ mtimeMs }) => mtimeMs)
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await timeOf(name).catch(() => undefined)] as const)),
  )
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a sweep that is killed goes on where it was: nothing is done twice', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sweep-'))
  const photos = await folder(directory)
  const [file, out] = [join(directory, 'sweep.json'), join(directory, 'out')]
  await writeFile(file, JSON.stringify({ images: photos, ...description }))

  const argv = ['dist/cli/bin.js', 'sweep', file, '--out', out, '--concurrency', '1', '--threads', '1']
  const first = spawn(process.execPath, argv, { stdio: 'ignore' })
  while (!Object.values(await resultsIn(out)).some(Boolean)) await setTimeout(20)
  await kill(first)
  const early = Object.entries(await resultsIn(out)).filter(([, time]) => time !== undefined)
  expect(early.length).toBeGreaterThanOrEqual(1)

  const cluster = localCluster({ concurrency: 1, jobThreads: 1 })
  const seen: number[] = []
  const onProgress = (some: readonly SweepRun[]) => void seen.push(some.length)
  const runs = await sweep({ images: photos, out, ...description, cluster, onProgress })
  await cluster.close()
  const late = await resultsIn(out)
  expect(late).toMatchObject(Object.fromEntries(early))

  // Of the two draws that differ, the better one runs for two epochs as well.
  expect(runs.map(({ result, rung }) => [result?.epochs.length, rung])).toEqual([
    [2, 1],
    [1, 0],
    [1, 0],
  ])
  const accuracies = runs.slice(1).map(({ result }) => result!.validation.accuracy)
  const promoted = runs.slice(1).find(({ settings }) => settings.lr === runs[0]!.settings.lr)
  expect(promoted!.result!.validation.accuracy).toBe(Math.max(...accuracies))
  expect(seen).toEqual([2, 3].slice(early.length - 1))
  for (const { directory: place } of runs)
    expect((await readdir(place)).sort()).toEqual(
      ['checkpoint', 'classifier.onnx', 'options.json', 'report.html', 'result.json'].sort(),
    )
  expect(JSON.parse(await readFile(join(out, 'results.json'), 'utf8'))).toEqual(runs)
  const page = await readFile(join(out, 'report.html'), 'utf8')
  for (const { directory: place } of runs) expect(page).toContain(`${place.slice(out.length + 1)}/report.html`)

  await demandResumed(runs[0]!, { images: photos, out })

  const { code, stdout } = await run([...argv.slice(1)])
  expect(code).toBe(0)
  expect(stdout.split('\n')[0]).toMatch(/accuracy +loss +epochs +lr +directory/)
  expect(stdout.trimEnd().split('\n')).toHaveLength(4)
})

/** Demands that a run without a result, which has checkpoints, takes no step again; with Redis, where it is. */
async function demandResumed(known: SweepRun, where: { readonly images: string; readonly out: string }): Promise<void> {
  await rm(join(known.directory, 'result.json'))
  const steps = async () =>
    Object.fromEntries(
      await Promise.all(
        (await readdir(join(known.directory, 'checkpoint')))
          .filter((name) => name.startsWith('step-'))
          .map(async (name) => [name, (await stat(join(known.directory, 'checkpoint', name))).mtimeMs] as const),
      ),
    )
  const before = await steps()
  const server = noRedis === undefined ? await startRedis() : undefined
  const worker =
    server && spawn(process.execPath, ['dist/cli/bin.js', 'worker', '--redis', server.url, '--threads', '1'])
  const cluster = server ? redisCluster({ url: server.url }) : localCluster({ concurrency: 1, jobThreads: 1 })
  const [again] = await sweep({ ...where, ...description, cluster })
  await cluster.close()
  if (worker) await kill(worker)
  await server?.stop()
  expect(again!.result!.validation).toEqual(known.result!.validation)
  expect(await steps()).toEqual(before)
}

test('a run that fails is told with the reason, and does not end the sweep', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sweep-'))
  const photos = await folder(directory)
  const cluster = localCluster({ concurrency: 1, jobThreads: 1 })
  const search = { lr: ['fast'] }
  const runs = await sweep({
    images: photos,
    out: join(directory, 'out'),
    search,
    method: 'grid',
    attempts: 1,
    cluster,
  })
  await cluster.close()
  expect(runs.map(({ error }) => error)).toMatchObject([
    { code: 'jobs/run-failed', message: expect.stringMatching(/"lr" must be a number .* Received: "fast"/) },
  ])
  expect(await readFile(join(directory, 'out', 'report.html'), 'utf8')).toMatch(
    /No run is done\.[\s\S]*must be a number/,
  )
})

test('refuses a sweep that cannot be', async () => {
  const base = { images: '.', out: '/dev/null/sweep', search: { lr: [0.1] } }
  const range = { from: 0.1, to: 1 }
  for (const [wrong, option] of [
    [{ method: 'grid', search: { lr: range } }, 'search.lr'],
    [{ method: 'grid', runs: 3 }, 'runs'],
    [{ factor: 3 }, 'factor'],
    [{ method: 'asha', search: { epochs: [1, 2] } }, 'search.epochs'],
    [{ method: 'asha', options: { epochs: 2 }, leastEpochs: 3 }, 'options.epochs'],
    [{ search: { lr: { ...range, from: 2 } } }, 'search.lr'],
    [{ options: { export: 'a.onnx' } }, 'options.export'],
    [{ options: { lr: 1 } }, 'options.lr'],
  ] as const)
    await expect(sweep({ ...base, ...wrong } as never), option).rejects.toMatchObject({
      code: 'options/invalid',
      facts: { option: `sweep: ${option}` },
    })
  await expect(sweep({ ...base, images: '/dev/null/photos' })).rejects.toMatchObject({ code: 'jobs/no-images' })
  await expect(sweep(base)).rejects.toMatchObject({ code: 'file/cannot-write' })
})

test('the file of a sweep is checked before the first run', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sweep-'))
  const file = join(directory, 'sweep.json')
  const told = async (description: object) => {
    await writeFile(file, JSON.stringify({ images: directory, ...description }, null, 2))
    const { code, stderr } = await run(['sweep', file, '--out', join(directory, 'out')])
    return `${code} ${stderr}`
  }
  expect(await told({ search: { learning: [1] } })).toMatch(
    /2 .*sweep\.json:3: "search", "learning" is no option of train/,
  )
  expect(await told({ search: { lr: [1, 'fast'] } })).toMatch(/"lr" must be a number of at least 0\. Received: "fast"/)
  expect(await told({ search: {}, options: { epochs: 0 } })).toMatch(/"epochs" must be a whole number/)
  expect(await told({ search: {}, option: {} })).toMatch(/"option" is no option of sweep\. Did you mean "options"\?/)
  expect(await readdir(directory)).toEqual(['sweep.json'])
})
