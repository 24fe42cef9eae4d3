import { loadBackbone } from '../../../src/backbones/loadBackbone.js'
import { schema } from '../../../src/backbones/loadBackboneOptions.js'
import { fromSeed } from '../../../src/backbones/makeBackbone.js'
import { resnet } from '../../../src/backbones/resnet.js'
import type { ImageDataset } from '../../../src/data/dataset/dataset.js'
import { FineTuneError } from '../../../src/errors.js'
import type { FineTuneRun } from '../../../src/finetune/run/FineTuneRun.js'
import type { Model } from '../../../src/model/Model.js'
import { replaceHead } from '../../../src/model/replaceHead.js'
import { saveWeights } from '../../../src/model/saveWeights.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../../src/random.js'
import { centerCrop } from '../../../src/transforms/centerCrop.js'
import { compose } from '../../../src/transforms/compose.js'
import { resize } from '../../../src/transforms/resize.js'
import { toTensor } from '../../../src/transforms/toTensor.js'
import { encodePng } from '../../support/png.js'

const CLASSES = ['blue', 'red']

/** Noisy images, each mostly of the colour of its class. */
export async function images(count: number, seed: number): Promise<ImageDataset> {
  const samples = Array.from({ length: count }, (_, i) => ({ source: `image ${i}`, label: i % 2 }))
  const bytes = await Promise.all(samples.map(({ label }, i) => image(label, seededRandom('picture', seed, i))))
  return { classes: CLASSES, samples, read: async (index) => bytes[index]!.slice() }
}

function image(label: number, source: ReturnType<typeof seededRandom>): Promise<Uint8Array> {
  const [height, width] = [36, 40]
  const brighter = label ? 0 : 2
  const rgb = Uint8Array.from(
    { length: 3 * height * width },
    (_, i) => source.integer(0, 120) + (i % 3 === brighter ? 120 : 0),
  )
  return encodePng(rgb, width, height)
}

/** Half as deep as a ResNet-18: most of the time of a short run is that of opening its network. */
const architecture = resnet('resnet10', { blocks: [1, 1, 1, 1] })

const options = { weights: 'none', imageSize: 48, width: 8, classes: 3 }

export async function smallModel(): Promise<Model> {
  return replaceHead(fromSeed(architecture, schema.parse(options)), { classes: CLASSES })
}

/** One of a network that `loadBackbone` knows by name. */
export async function smallResnet18(): Promise<Model> {
  return replaceHead(await loadBackbone('resnet18', options), { classes: CLASSES })
}

/** From an image to the network's input, with something added to each value. */
export const addingTransform = (what: () => number) =>
  compose([
    resize(48),
    centerCrop(48),
    toTensor(),
    {
      name: 'add',
      apply: ({ type, dims, data }: Tensor<'float32'>) => {
        const added = what()
        return { type, dims, data: data.map((value) => value + added) }
      },
    },
  ])

/** What a run came to, but for the time it took. */
export function outcome(model: Model, { record }: FineTuneRun) {
  const timeless = ({ time, seconds, examplesPerSecond, ...rest }: Record<string, unknown>) => rest
  return {
    weights: Buffer.from(saveWeights(model)).toString('base64'),
    steps: record.steps.map((step) => timeless({ ...step })),
    epochs: record.epochs.map((epoch) => timeless({ ...epoch })),
    predictions: record.predictions,
    status: record.status,
  }
}

/** Parameters and buffers by name. */
export const tensorsOf = (model: Model): Record<string, Tensor> =>
  Object.fromEntries([...model.parameters, ...model.buffers].map((name) => [name, model.get(name)]))

/** What a promise is rejected with. */
export const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => {
      throw new Error('nothing was thrown')
    },
    (reason: unknown) => reason,
  )

export async function failure(promise: PromiseLike<unknown>): Promise<FineTuneError> {
  try {
    await promise
  } catch (error) {
    if (error instanceof FineTuneError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
