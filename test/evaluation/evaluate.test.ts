import { beforeAll, describe, expect, test } from 'vitest'
import type { ImageDataset } from '../../src/data/dataset/dataset.js'
import { imageDataset } from '../../src/data/dataset/imageDataset.js'
import { decodeImage } from '../../src/data/decode/decodeImage.js'
import { evaluate, type ModelEvaluation } from '../../src/evaluation/evaluate.js'
import { confusionMatrix } from '../../src/evaluation/metrics/confusionMatrix.js'
import { fineTune } from '../../src/finetune/fineTune.js'
import type { FineTuneResult } from '../../src/finetune/record/events.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { adamW } from '../../src/optim/adam.js'
import { seededRandom } from '../../src/random.js'
import { resize } from '../../src/transforms/resize.js'
import { type Box, contiguousImage, cropImage, type RgbImage } from '../../src/transforms/rgbImage.js'
import { errorOf } from '../data/support.js'
import { images, smallModel } from '../finetune/support/smallRun.js'

const model = await smallModel()
const IMAGES = 6
const validation = await images(IMAGES, 2)
let result: FineTuneResult
let plain: ModelEvaluation
const loading = { workers: 0, threads: 1 }

beforeAll(async () => {
  const optimizer = adamW(paramGroups(model, { lr: 1e-3, headLrMultiplier: 3 }))
  const train = await images(12, 1)
  result = await fineTune(model, { train, validation, epochs: 1, batchSize: 6, optimizer, workers: 0, threads: 1 })
  plain = await evaluate(model, validation, loading)
})

/** The probabilities of views of every image that are cut by hand: float32 [views, images, classes]. */
async function probabilitiesOf(cuts: readonly ((image: RgbImage) => RgbImage)[]): Promise<Float32Array> {
  const resized = await Promise.all(
    validation.samples.map(async (_, index) =>
      resize(64).apply(await decodeImage(await validation.read!(index)), seededRandom(0)),
    ),
  )
  const views = cuts.flatMap((cut) =>
    resized.map((image, index) => ({ image: contiguousImage(cut(image)), label: validation.samples[index]!.label })),
  )
  const { preprocessing } = model
  model.preprocessing = { ...preprocessing, resize: 48 }
  const { probabilities } = await evaluate(model, imageDataset(views, { classes: validation.classes }), loading)
  model.preprocessing = preprocessing
  return probabilities.data
}

const crop = (at: (height: number, width: number) => Pick<Box, 'top' | 'left'>) => (image: RgbImage) =>
  cropImage(image, { ...at(image.shape[0]!, image.shape[1]!), height: 48, width: 48 })
const mirrored = (view: (image: RgbImage) => RgbImage) => (image: RgbImage) => view(image).step(1, -1, 1)

describe('evaluate', () => {
  test('measures what the run measured in its last validation', () => {
    const { loss, accuracy, confusion, examples, predictions, probabilities, interval } = plain
    const { validation: last } = result
    expect({ accuracy, confusion, examples }).toEqual({
      accuracy: last!.accuracy,
      confusion: last!.confusion,
      examples: IMAGES,
    })
    expect(loss).toBeCloseTo(last!.loss, 5)
    expect(interval[0]).toBeLessThan(accuracy)
    expect(interval[1]).toBeGreaterThanOrEqual(accuracy)
    expect(predictions.map(({ source }) => source)).toEqual(validation.samples.map(({ source }) => source))
    for (const [row, { label, labelScore }] of predictions.entries())
      expect(labelScore).toBe(probabilities.data[2 * row + label])
  })

  test('divides the logits by a temperature', async () => {
    const soft = await evaluate(model, validation, { ...loading, calibration: { temperature: 100 } })
    expect(soft.accuracy).toBe(plain.accuracy)
    for (const probability of soft.probabilities.data) expect(Math.abs(probability - 0.5)).toBeLessThan(0.1)
    for (const [row, probability] of plain.probabilities.data.entries())
      if (row % 2 === 0) {
        const logit = Math.log(probability / plain.probabilities.data[row + 1]!) / 100
        expect(soft.probabilities.data[row]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5)
      }
  })

  test('compares classes by name, and refuses one that the model does not have', async () => {
    const flipped: ImageDataset = {
      ...validation,
      classes: [...validation.classes].reverse(),
      samples: validation.samples.map((one) => ({ ...one, label: 1 - one.label })),
    }
    const other = await evaluate(model, flipped, loading)
    expect(other.accuracy).toBe(plain.accuracy)
    expect(other.classes).toEqual(plain.classes)
    const error = await errorOf(evaluate(model, { ...validation, classes: ['blue', 'green'] }))
    expect(error.message).toContain('among the classes of the model: blue, red')
  })

  test('leaves out an unreadable image, and says so; without any image it is an error', async () => {
    const broken = {
      ...validation,
      read: async (index: number) => (index < 2 ? Uint8Array.of(1) : validation.read!(index)),
    }
    const { examples, skipped, predictions } = await evaluate(model, broken, { ...loading, onError: 'skip' })
    expect([examples, skipped.map(({ index }) => index), predictions[0]!.index]).toEqual([IMAGES - 2, [0, 1], 2])
    const nothing = { ...validation, read: async () => Uint8Array.of(1) }
    expect((await errorOf(evaluate(model, nothing, { ...loading, onError: 'skip' }))).code).toBe('train/no-images')
  })
})

describe('views', () => {
  const corners = [
    crop(() => ({ top: 0, left: 0 })),
    crop((_, width) => ({ top: 0, left: width - 48 })),
    crop((height) => ({ top: height - 48, left: 0 })),
    crop((height, width) => ({ top: height - 48, left: width - 48 })),
  ]
  const centre = crop((height, width) => ({ top: Math.round((height - 48) / 2), left: Math.round((width - 48) / 2) }))
  const five = [centre, ...corners]
  const ten = [...five, ...five.map(mirrored)]
  const kinds = {
    flip: [0, 5],
    fiveCrop: [0, 1, 2, 3, 4],
    tenCrop: [...ten.keys()],
  } as const
  let byHand: Float32Array
  beforeAll(async () => {
    byHand = await probabilitiesOf(ten)
  })

  test.each(Object.entries(kinds) as [keyof typeof kinds, number[]][])(
    '%s: the mean of views that are cut by hand',
    async (views, chosen) => {
      const { preprocessing } = model
      model.preprocessing = { ...preprocessing, resize: 64 }
      const done: number[] = []
      const onProgress = (event: { readonly done: number; readonly images: number }) => {
        expect(event.images).toBe(IMAGES * chosen.length)
        done.push(event.done)
      }
      const { probabilities, confusion } = await evaluate(model, validation, { ...loading, views, onProgress })
      model.preprocessing = preprocessing
      const size = 2 * IMAGES
      for (const [at, probability] of probabilities.data.entries()) {
        const mean = chosen.reduce((sum, view) => sum + byHand[view * size + at]!, 0) / chosen.length
        expect(probability).toBeCloseTo(mean, 5)
      }
      const labels = validation.samples.map(({ label }) => label)
      expect(confusion).toEqual(confusionMatrix(probabilities, labels))
      expect(done).toEqual([...done].sort((a, b) => a - b))
      expect(done.at(-1)).toBe(IMAGES * chosen.length)
    },
  )

  test('have no corners where images are resized to less than the crop', async () => {
    const { preprocessing } = model
    model.preprocessing = { ...preprocessing, resize: 40 }
    const error = await errorOf(evaluate(model, validation, { views: 'fiveCrop' }))
    model.preprocessing = preprocessing
    expect(error.message).toContain('images are resized to 40, less than the crop of 48')
  })
})
