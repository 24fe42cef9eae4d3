import { decodeByBrowser, importSharp, openStore } from '#platform'
import { type ImageDataset, readContent } from '../../data/dataset/dataset.js'
import type { Decoder } from '../../data/decode/decodeImage.js'
import { baseError } from '../../errors.js'
import { digest, digestOfJson } from '../../io/download/digest.js'
import { writeModel } from '../../onnx/format/write.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { FileStore } from '../../platform/contract.js'
import { diskProblem } from '../../platform/diskProblem.js'
import { stepsOf } from '../../transforms/compose.js'
import { contiguousImage, type RgbImage } from '../../transforms/rgbImage.js'
import { toSpec } from '../../transforms/specs.js'
import { type AnyTransform, isBuiltIn } from '../../transforms/transform.js'
import { finetuneError } from '../errors.js'
import type { FeaturePrecision } from '../options/featureOptions.js'
import { FeatureTable } from './FeatureTable.js'
import { featurePieces, readFeatures } from './featureFile.js'

/** The inputs that features depend on. */
export interface FeatureOrigin {
  readonly dataset: ImageDataset
  readonly front: Graph
  readonly transform: AnyTransform
  readonly decoder: Decoder
  readonly autoOrient: boolean
  readonly seed: number
  /** The arithmetic that computes them. Default: float32. Ranges for int8 come from images of the data set itself. */
  readonly precision?: FeaturePrecision | undefined
}

/** Features that outlast a run: one file for each view of a data set, named after everything that they depend on. */
export class FeatureFiles {
  readonly #store: FileStore
  /** The digests of the inputs that all views share; computed once, since that reads every image. */
  #origin: Promise<readonly string[]> | undefined

  /**
   * @param contents the digest of the images, if it is known: reading every image takes time
   * @throws FineTuneError 'options/invalid' for a custom transform: its name does not identify what it does
   */
  constructor(
    directory: string,
    private readonly origin: FeatureOrigin,
    private readonly contents?: string,
  ) {
    const own = stepsOf(origin.transform).find((step) => !isBuiltIn(step))
    if (own)
      throw baseError('options/invalid', {
        option: 'fineTune: cacheFeatures.directory',
        received: directory,
        expected: `left out, for ${own.name} is a transform of your own: features would not be recognised when it changes`,
      })
    this.#store = openStore(directory)
  }

  /**
   * Reads the features of an earlier run, if they exist and are intact.
   *
   * @throws FineTuneError 'train/features-not-kept'
   */
  async read(view: number): Promise<FeatureTable | undefined> {
    const { front, dataset } = this.origin
    const samples = dataset.samples.length
    const name = await this.#nameOf(view)
    const expected = new Map(front.outputs.map(({ name, shape }) => [name, (shape ?? []).slice(1) as number[]]))
    return this.#reach(name, async () => {
      const file = await this.#store.open(name)
      if (!file) return undefined
      try {
        const columns = await readFeatures(file, expected, samples)
        return columns && FeatureTable.of(samples, columns)
      } finally {
        await file.close()
      }
    })
  }

  /** Writes features. @throws FineTuneError 'train/features-not-kept' */
  async write(view: number, table: FeatureTable): Promise<void> {
    const name = await this.#nameOf(view)
    await this.#reach(name, () => this.#store.write(name, featurePieces(table.columns)))
  }

  async #reach<T>(name: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (cause) {
      const facts = { file: this.#store.locate(name), problem: diskProblem(cause) }
      throw finetuneError('train/features-not-kept', facts, { cause })
    }
  }

  async #nameOf(view: number): Promise<string> {
    this.#origin ??= Promise.all([originOf(this.origin), this.contents ?? contentsOf(this.origin.dataset)])
    const parts = [...(await this.#origin), view]
    return `features-${(await digestOfJson(parts)).slice(0, 32)}.safetensors`
  }
}

async function originOf({ front, transform, decoder, autoOrient, seed, precision }: FeatureOrigin): Promise<string> {
  const weights = await digest('SHA-256', writeModel(front))
  const images = [await decoderOf(decoder), autoOrient]
  const rounded = precision === 'int8' ? [precision] : []
  return digestOfJson([weights, stepsOf(transform).map(toSpec), images, seed, ...rounded])
}

/** Names what decodes: images of other decoders have other pixels. */
export async function decoderOf(decoder: Decoder): Promise<string> {
  if (decoder !== 'auto') return decoder
  return decodeByBrowser ? 'browser' : (await importSharp()) ? 'sharp' : 'jimp'
}

/** Returns the digest of the bytes or the pixels of every image, in their order. */
async function contentsOf(dataset: ImageDataset): Promise<string> {
  const digests: string[] = []
  for (const index of dataset.samples.keys())
    digests.push(
      await readContent(dataset, index).then(
        (content) => digestOf(content),
        () => 'unreadable',
      ),
    )
  return digestOfJson(digests)
}

async function digestOf(content: RgbImage | Uint8Array): Promise<string> {
  if (content instanceof Uint8Array) return digest('SHA-256', content)
  const { data, shape } = contiguousImage(content)
  return `${shape} ${await digest('SHA-256', data)}`
}
