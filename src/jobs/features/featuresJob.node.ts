import * as z from 'zod'
import { readBytes, writeBytes } from '#platform'
import { type JobContext, jobKind } from '../../cluster/JobKind.js'
import { readSample } from '../../data/dataset/dataset.js'
import { decoderSchema, maxPixelsSchema } from '../../data/decode/decodeImage.js'
import { Preparer } from '../../data/loader/preparer.js'
import { baseError } from '../../errors.js'
import { networkInput } from '../../finetune/batches/networkInput.js'
import { FeatureTable } from '../../finetune/features/FeatureTable.js'
import { featurePieces } from '../../finetune/features/featureFile.js'
import { digest } from '../../io/download/digest.js'
import { readModel } from '../../onnx/format/read.js'
import { writeModel } from '../../onnx/format/write.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { writeFileWhole } from '../../platform/node/writeFileWhole.js'
import { openTestedRuntime } from '../../session/host/openTestedRuntime.js'
import { composeAny, stepsOf } from '../../transforms/compose.js'
import { fromSpec } from '../../transforms/register.js'
import { importModules } from '../../transforms/transformModule.js'
import { type ListedImage, rangeSchema, readRange } from '../shards/imageList.node.js'
import { stacked } from './stacked.js'

const schema = z.strictObject({
  /** The network from images to features, an ONNX file. */
  front: z.string().min(1),
  list: z.string().min(1),
  /** The part of the list. */
  range: rangeSchema,
  /** The transforms from an image to the network's input, each by name and options. */
  transforms: z.array(z.strictObject({ name: z.string(), options: z.unknown() })).min(1),
  /** The view: with the seed and an image's place in the list, it determines what is left to chance. */
  view: z.int().min(0),
  seed: z.int(),
  decoder: decoderSchema,
  autoOrient: z.boolean(),
  batchSize: z.int().min(1),
  /** The file for the features; one for the digests of the images lies beside it. */
  file: z.string().min(1),
})

export type FeaturesInput = z.output<typeof schema>
export interface FeaturesOutput {
  readonly images: number
}

/** Returns the name of the file with the digests of a shard's images. */
export const digestsOf = (file: string): string => `${file}.json`

/** The features of a part of a list, as a file that `readFeatures` reads. */
export const featuresJob = jobKind({
  input: schema,
  async run(input, context): Promise<FeaturesOutput> {
    const images = await readRange(input.list, input.range)
    const digests: string[] = []
    const network = await openNetwork(input, images, context)
    const table = new FeatureTable(images.length)
    for (let first = 0; first < images.length; first += input.batchSize) {
      context.signal.throwIfAborted()
      const indices = Uint32Array.from(
        { length: Math.min(input.batchSize, images.length - first) },
        (_, i) => first + i,
      )
      table.put(indices, await network.run(indices, digests))
    }
    await network.release()
    await writeFileWhole(digestsOf(input.file), JSON.stringify(digests))
    // Last: it tells that the shard is done.
    await writeBytes(input.file, featurePieces(table.columns)).catch((cause) => {
      throw baseError('file/cannot-write', { path: input.file, problem: diskProblem(cause) }, { cause })
    })
    return { images: images.length }
  },
})

/** Opens the network, and what prepares its input. */
async function openNetwork(input: FeaturesInput, images: readonly ListedImage[], { threads }: JobContext) {
  const { view, seed, decoder, autoOrient } = input
  const transform = composeAny(input.transforms.map((spec) => fromSpec({ name: spec.name, options: spec.options })))
  const front = readModel(await readBytes(input.front))
  const network = networkInput(front, [transform])
  const { runtime } = await openTestedRuntime({ threads })
  const session = await runtime.createSession(writeModel(network.graph), 'features')
  const settings = { seed, decoder, autoOrient, maxPixels: maxPixelsSchema.parse(undefined), cacheBytes: 0 }
  const steps = await importModules(stepsOf(network.views[0]!))
  const first = input.range.line - 1
  const dataset = { classes: [''], samples: images.map(({ place }) => ({ source: place, label: 0 })) }
  return {
    /** Computes the features of images, and notes the digest of each. */
    async run(indices: Uint32Array, digests: string[]) {
      const read = async (index: number) => {
        const bytes = await readSample(dataset, index - first)
        digests[index - first] = await digest('SHA-256', bytes)
        return bytes
      }
      // An image is known by its place in the whole list, as in training.
      const preparer = new Preparer(settings, steps, read)
      const prepared = await Promise.all(
        Array.from(indices, (index) => preparer.prepare(first + index, view, images[index]!.source)),
      )
      const names = network.graph.outputs.map(({ name }) => name)
      const fetches = Object.fromEntries(names.map((name) => [name, null]))
      return (await session.run({ [network.name]: stacked(prepared as Tensor[]) }, fetches)) as Record<
        string,
        Tensor<'float32'>
      >
    },
    release: () => session.release(),
  }
}
