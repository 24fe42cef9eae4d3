import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, onTestFinished, test } from 'vitest'
import { contactSheet, pickSamples } from '../../src/data/contactSheet.js'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { exportClassifier } from '../../src/deploy/exportClassifier.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import { testViews } from '../../src/finetune/options/defaultTransforms.js'
import type { FineTuneOptions } from '../../src/finetune/options/options.js'
import { loadOnnxBackbone } from '../../src/index.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { sgd } from '../../src/optim/sgd.js'
import { seededRandom } from '../../src/random.js'
import { reportHtml } from '../../src/report/reportHtml.js'
import { thumbnails } from '../../src/report/thumbnails.js'
import { run as runCommand } from '../cli/support.js'
import { exif, intoPng, pngChunk } from '../data/decode/crafted.js'
import { smallModel } from './support/smallRun.js'

const [WIDTH, HEIGHT] = [40, 36]
/** EXIF's orientation of an image that was turned by so many degrees clockwise before it was stored. */
const stored = { 0: 1, 90: 8, 180: 3, 270: 6 } as const

/** An image, brighter towards one side, as a camera stores it that was held by so many degrees. */
async function photograph(seed: number, turned: keyof typeof stored, orientation: number): Promise<Uint8Array> {
  const source = seededRandom('orientation', seed)
  const data = new Uint8Array(WIDTH * HEIGHT * 3).map((_, i) =>
    i % 3 === (seed % 2) * 2 ? 80 + 4 * (Math.floor(i / 3) % WIDTH) : source.integer(0, 90),
  )
  const upright = sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  const png = new Uint8Array(await upright.rotate(turned).png().toBuffer())
  return intoPng(png, pngChunk('eXIf', exif(orientation)))
}

async function dataset(bytesOf: (seed: number) => Promise<Uint8Array>): Promise<ImageDataset> {
  const samples = Array.from({ length: 12 }, (_, i) => ({ source: `image ${i}`, label: i % 2 }))
  const bytes = await Promise.all(samples.map((_, i) => bytesOf(i)))
  return { classes: ['blue', 'red'], samples, read: async (index) => bytes[index]!.slice() }
}

const turns = [0, 90, 180, 270] as const
/** The same images as they are seen, and as a telephone stores them; and as it stores them, without saying how. */
const upright = await dataset((seed) => photograph(seed, 0, 1))
const turned = await dataset((seed) => photograph(seed, turns[seed % 4]!, stored[turns[seed % 4]!]))
const lying = await dataset((seed) => photograph(seed, turns[seed % 4]!, 1))

async function trained(train: ImageDataset, more: Partial<FineTuneOptions> = {}, prepare = (_: Model) => {}) {
  const model = await smallModel()
  prepare(model)
  const optimizer = sgd(paramGroups(model, { lr: 0.02 }))
  const options = { train, validation: train, epochs: 1, batchSize: 6, optimizer, workers: 0, threads: 1, ...more }
  const run = fineTune(model, options)
  await run
  return { model, run, weights: model.parameters.map((name) => Buffer.from(model.get(name).data.buffer)) }
}

describe('EXIF orientation', () => {
  test.each(['sharp', 'jimp'] as const)('is applied in training and validation, by %s', async (decoder) => {
    const [seen, telephone] = [await trained(upright, { decoder }), await trained(turned, { decoder })]
    expect(telephone.weights).toEqual(seen.weights)
    expect(telephone.run.record.predictions).toEqual(seen.run.record.predictions)
  })

  test('is left alone by a run that is told so, which its record, its report and its classifier say', async () => {
    const [left, expected] = [await trained(turned, { autoOrient: false }), await trained(lying)]
    expect(left.weights).toEqual(expected.weights)
    expect(left.weights).not.toEqual((await trained(turned)).weights)
    expect(left.run.record.settings.autoOrient).toBe(false)
    expect(expected.run.record.settings.autoOrient).toBe(true)
    expect(reportHtml(left.run)).toMatch(/EXIF orientation<.{1,20}>left alone</)
    expect(reportHtml(expected.run)).toMatch(/EXIF orientation<.{1,20}>applied</)

    const bytes = await exportClassifier(left.model)
    expect((await loadOnnxBackbone(bytes)).preprocessing.autoOrient).toBe(false)
    const [asTrained, asSeen] = [await loadClassifier(bytes), await loadClassifier(bytes, { autoOrient: true })]
    expect(asTrained.preprocessing.autoOrient).toBe(false)
    const image = await turned.read!(1)
    const pixels = { stored: await decodeImage(image, { autoOrient: false }), seen: await decodeImage(image) }
    expect(await asTrained.classify(image)).toEqual(await asTrained.classify(pixels.stored))
    expect(await asSeen.classify(image)).toEqual(await asTrained.classify(pixels.seen))
    expect(await asTrained.classify(pixels.seen)).not.toEqual(await asTrained.classify(pixels.stored))
  })

  test('is applied by a classifier whose training applied it', async () => {
    const classifier = await loadClassifier(await exportClassifier((await trained(upright)).model))
    for (const index of upright.samples.keys())
      expect(await classifier.classify(await turned.read!(index))).toEqual(
        await classifier.classify(await upright.read!(index)),
      )
  })

  test('is applied by a run that goes on as the model did before, unless it is told otherwise', async () => {
    const { model } = await trained(turned, { autoOrient: false })
    const optimizer = sgd(paramGroups(model, { lr: 0.02 }))
    const settings = (autoOrient?: boolean) =>
      fineTune(model, { train: turned, optimizer, autoOrient }).record.settings.autoOrient
    expect([settings(), settings(true), settings(false)]).toEqual([false, true, false])
  })

  test('is part of what kept features depend on', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'features-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const cacheFeatures = { directory }
    const prepare = (model: Model) => freeze(model, { upTo: 'layer4' })
    const count = async (autoOrient: boolean) => {
      const trainTransform = testViews((await smallModel()).preprocessing)
      await trained(turned, { cacheFeatures, trainTransform, autoOrient, validation: undefined }, prepare)
      return (await readdir(directory)).length
    }
    expect([await count(true), await count(true), await count(false), await count(false)]).toEqual([1, 1, 2, 2])
  })

  test.each([0, 1])('is applied by a loader with %i workers, unless told otherwise', async (workers) => {
    const transform = testViews((await smallModel()).preprocessing)
    const images = async (of: ImageDataset, autoOrient?: boolean) => {
      const loader = createLoader(of, { transform, batchSize: 12, workers, autoOrient })
      for await (const batch of loader.epoch(0)) {
        await loader.close()
        return batch.images.data
      }
      throw new Error('no batch')
    }
    expect(await images(turned)).toEqual(await images(upright))
    expect(await images(turned, false)).toEqual(await images(lying))
  })

  test('is applied in contact sheets and in the images of a report', async () => {
    const all = [...upright.samples.keys()]
    const sheet = async (of: ImageDataset, options = {}) => contactSheet(await pickSamples(of, all, options))
    expect(await sheet(turned)).toEqual(await sheet(upright))
    expect(await sheet(turned, { autoOrient: false })).toEqual(await sheet(lying))
    expect(await thumbnails(turned, all, { autoOrient: true })).toEqual(
      await thumbnails(upright, all, { autoOrient: true }),
    )
    expect(await thumbnails(turned, all, { autoOrient: false })).toEqual(
      await thumbnails(lying, all, { autoOrient: true }),
    )
  })

  test('is applied by the command line, and left alone with --no-auto-orient', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'previews-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const preview = async (name: string, of: ImageDataset, ...more: string[]) => {
      const [folder, sheet] = [join(directory, name, 'one'), join(directory, `${name}.png`)]
      await mkdir(folder, { recursive: true })
      for (const index of [1, 2, 3]) await writeFile(join(folder, `${index}.png`), await of.read!(index))
      const argv = ['preview', join(directory, name), '-o', sheet, '--views', '1', '--image-size', '32', ...more]
      expect((await runCommand(argv)).code).toBe(0)
      return sharp(sheet).raw().toBuffer()
    }
    expect(await preview('a', turned)).toEqual(await preview('b', upright))
    expect(await preview('c', turned, '--no-auto-orient')).toEqual(await preview('d', lying))
  })
})
