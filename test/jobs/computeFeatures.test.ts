import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { computeFeatures, localCluster } from '../../src/cluster.node.js'
import { FeatureFiles } from '../../src/finetune/features/FeatureFiles.js'
import type { FeatureTable } from '../../src/finetune/features/FeatureTable.js'
import { splitAtTrainable } from '../../src/finetune/features/splitAtTrainable.js'
import { testViews, trainingViews } from '../../src/finetune/options/defaultTransforms.js'
import { fineTune, freeze, type ImageDataset, type Model, readSample, sgd } from '../../src/index.js'
import { images, smallModel } from '../finetune/support/smallRun.js'

const directory = await mkdtemp(join(tmpdir(), 'features-'))
const cluster = localCluster({ concurrency: 2, jobThreads: 1 })
afterAll(() => cluster.close())

/** Images that lie in files. */
async function inFiles(name: string, count: number, seed: number): Promise<ImageDataset> {
  const drawn = await images(count, seed)
  await mkdir(join(directory, name))
  const samples = await Promise.all(
    drawn.samples.map(async ({ label }, i) => {
      const source = join(directory, name, `${i}.png`)
      await writeFile(source, await readSample(drawn, i))
      return { source, label }
    }),
  )
  return { classes: drawn.classes, samples }
}

const frozenModel = async (): Promise<Model> => {
  const model = await smallModel()
  freeze(model, { upTo: 'layer4' })
  return model
}
const train = await inFiles('train', 7, 1)
const validation = await inFiles('validation', 3, 2)
const data = { train, validation, seed: 5, decoder: 'jimp' } as const

/** Trains with features in a directory. */
async function trainWith(features: string): Promise<void> {
  const model = await frozenModel()
  const groups = [{ name: 'all', params: model.trainable, lr: 0.01 }]
  const cacheFeatures = { views: 2, directory: features }
  await fineTune(model, {
    ...data,
    epochs: 2,
    batchSize: 4,
    optimizer: sgd(groups),
    workers: 0,
    threads: 1,
    cacheFeatures,
  })
}

/** Reads the features of each view, as a run does. */
async function tablesIn(features: string): Promise<(FeatureTable | undefined)[]> {
  const model = await frozenModel()
  const { front } = splitAtTrainable(model)!
  const settings = { front, decoder: 'jimp', autoOrient: true, seed: 5 } as const
  const train = new FeatureFiles(features, {
    ...{ ...settings, dataset: data.train, transform: trainingViews(model.preprocessing) },
  })
  const validation = new FeatureFiles(features, {
    ...{ ...settings, dataset: data.validation, transform: testViews(model.preprocessing) },
  })
  return [await train.read(0), await train.read(1), await validation.read(0)]
}

test('makes the files that training makes, under the same names', async () => {
  const [own, trained] = [join(directory, 'own'), join(directory, 'trained')]
  const model = await frozenModel()
  expect(await computeFeatures(model, { ...data, views: 2, shards: 3, batchSize: 2, directory: own, cluster })).toEqual(
    {
      images: 17,
    },
  )
  await trainWith(trained)
  expect((await readdir(own)).sort()).toEqual((await readdir(trained)).sort())
  const [ours, theirs] = await Promise.all([tablesIn(own), tablesIn(trained)])
  for (const [i, table] of theirs.entries())
    for (const [name, column] of table!.columns)
      for (const [c, chunk] of column.chunks.entries()) {
        const values = ours[i]!.columns.get(name)!.chunks[c]!
        const largest = Math.max(...chunk.map(Math.abs))
        expect(largest).toBeGreaterThan(0)
        for (const [at, value] of chunk.entries()) expect(Math.abs(values[at]! - value)).toBeLessThan(1e-4 * largest)
      }
})

test('tells the image that cannot be read, and keeps what is done', async () => {
  const broken = join(directory, 'broken.png')
  await writeFile(broken, 'no image')
  const samples = [...train.samples.slice(0, 2), { source: broken, label: 0 }]
  const features = join(directory, 'some')
  const compute = async () =>
    computeFeatures(await frozenModel(), {
      ...{ train: { ...train, samples }, decoder: 'jimp', shards: 3, directory: features, cluster, attempts: 1 },
    })
  await expect(compute()).rejects.toMatchObject({ code: 'data/unreadable', facts: { source: broken } })
  const [shards] = await readdir(features)
  const kept = (await readdir(join(features, shards!))).filter((name) => name.endsWith('.safetensors'))
  expect(kept.length).toBeLessThan(3)

  await writeFile(broken, await readSample(train, 2))
  expect(await compute()).toEqual({ images: 3 })
  expect(await readdir(features)).toEqual([expect.stringMatching(/^features-/)])
})

test('refuses what other processes cannot read or do', async () => {
  const options = { directory: join(directory, 'none'), cluster }
  const model = await frozenModel()
  const received = { facts: { option: 'computeFeatures: train' } }
  await expect(computeFeatures(model, { ...options, train: await images(2, 1) })).rejects.toMatchObject(received)
  const own = { name: 'own', apply: (value: unknown) => value } as never
  await expect(computeFeatures(model, { ...options, train, trainTransform: own })).rejects.toMatchObject({
    facts: { received: 'own' },
  })
  await expect(computeFeatures(await smallModel(), { ...options, train })).rejects.toMatchObject({
    facts: { option: 'computeFeatures: model' },
  })
})
