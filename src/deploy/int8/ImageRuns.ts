import { type ImageDataset, readContent } from '../../data/dataset/dataset.js'
import { writeModel } from '../../onnx/format/write.js'
import type { Graph } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Runtime, RuntimeSession } from '../../runtime/runtime.js'
import { type DecodeSettings, ImageReader } from '../ImageReader.js'
import { type ClassifierMetadata, IMAGE, PROBABILITIES, VALUES } from '../metadata.js'
import { Comparison, type QuantizationEffect } from './Comparison.js'

export interface QuantizeProgress {
  /** The part that the images are computed for: the ranges, or the comparison of both files. */
  readonly part: 'calibration' | 'comparison'
  /** The number of images of the part, and of those that are computed. */
  readonly images: number
  readonly done: number
}

interface RunSettings extends DecodeSettings {
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Images of a data set. */
export interface ChosenImages {
  readonly dataset: ImageDataset
  readonly indices: readonly number[]
}

/** Runs of networks on images that are prepared as the classifier's file says, one at a time. */
export class ImageRuns {
  readonly #reader: ImageReader

  constructor(
    private readonly runtime: Runtime,
    private readonly metadata: ClassifierMetadata,
    private readonly settings: RunSettings,
  ) {
    this.#reader = new ImageReader(metadata.preprocessing, { decoder: settings.decoder })
  }

  /** Shows each of `values`, which the graph computes, for every image. */
  async observe(
    graph: Graph,
    values: readonly string[],
    images: ChosenImages,
    see: (value: string, data: Float32Array) => void,
  ): Promise<void> {
    const shown = graph.clone()
    shown.outputs = values.map((name) => ({ name, type: 'float32' }))
    const session = await this.runtime.createSession(writeModel(shown), 'calibration')
    const fetches = Object.fromEntries(values.map((name) => [name, null]))
    try {
      await this.#each('calibration', images, async (image) => {
        const results = await session.run({ [IMAGE]: image }, fetches)
        for (const value of values) see(value, results[value]!.data as Float32Array)
      })
    } finally {
      await session.release()
    }
  }

  /** Compares the outputs of two files. */
  async compare(float32: Uint8Array, int8: Uint8Array, images: ChosenImages): Promise<QuantizationEffect> {
    const output = this.metadata.task === 'regression' ? VALUES : PROBABILITIES
    const comparison = new Comparison(this.metadata, images.dataset)
    const sessions: RuntimeSession[] = []
    try {
      for (const file of [float32, int8]) sessions.push(await this.runtime.createSession(file, 'classifier'))
      await this.#each('comparison', images, async (image, index) => {
        const scores: Tensor[] = []
        for (const session of sessions)
          scores.push((await session.run({ [IMAGE]: image }, { [output]: null }))[output]!)
        comparison.add(index, scores[0]!, scores[1]!)
      })
      return comparison.effect
    } finally {
      for (const session of sessions) await session.release()
    }
  }

  async #each(
    part: QuantizeProgress['part'],
    { dataset, indices }: ChosenImages,
    use: (image: Tensor, index: number) => Promise<void>,
  ): Promise<void> {
    const { signal, onProgress } = this.settings
    for (const [done, index] of indices.entries()) {
      signal?.throwIfAborted()
      const content = await readContent(dataset, index)
      const image = await this.#reader.read([{ name: dataset.samples[index]!.source, content }])
      await use(image, index)
      onProgress?.({ part, images: indices.length, done: done + 1 })
    }
  }
}
