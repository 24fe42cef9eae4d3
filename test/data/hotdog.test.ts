import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contactSheet, pickSamples } from '../../src/data/contactSheet.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { centerCrop } from '../../src/transforms/centerCrop.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { collect } from './support.js'

const directory = resolve(process.env.ONNX_FINETUNE_SHARED ?? '../shared', 'data/hotdog')
const absent = existsSync(directory) ? '' : ` (skipped: ${directory} is absent)`

describe.skipIf(absent)(`photographs of hot dogs${absent}`, () => {
  const open = (part: 'train' | 'test') => ImageFolder(resolve(directory, part))

  test('two classes of a thousand and of four hundred images', async () => {
    for (const [part, each] of [
      ['train', 1000],
      ['test', 400],
    ] as const) {
      const { classes, samples } = await open(part)
      expect(classes).toEqual(['hotdog', 'not-hotdog'])
      expect([0, 1].map((label) => samples.filter((sample) => sample.label === label).length)).toEqual([each, each])
    }
  })

  test('sharp and jimp agree up to a grey level or two on average', async () => {
    const full = await open('test')
    const dataset = { ...full, samples: full.samples.filter((_, i) => i % 100 === 0) }
    const transform = compose([resize(64), centerCrop(64), toTensor()])
    const load = async (decoder: 'sharp' | 'jimp') => {
      const loader = createLoader(dataset, { transform, batchSize: 8, workers: 1, decoder })
      const [batch] = await collect(loader.epoch(0))
      await loader.close()
      return batch!.images.data
    }
    const [sharp, jimp] = [await load('sharp'), await load('jimp')]
    const difference = sharp.reduce((sum, value, i) => sum + Math.abs(value - jimp[i]!), 0) / sharp.length
    expect(difference * 255).toBeLessThan(2)
  })

  test('the sheet of the first eight and the last eight', async () => {
    const ends = [...Array.from({ length: 8 }, (_, i) => i), ...Array.from({ length: 8 }, (_, i) => -1 - i)]
    const sheet = await contactSheet(await pickSamples(await open('train'), ends), { size: 64, gap: 0 })
    expect((await decodeImage(sheet)).shape).toEqual([128, 512, 3])
  })
})
