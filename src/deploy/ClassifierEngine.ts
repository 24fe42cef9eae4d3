import type { Tensor } from '../onnx/graph/tensor.js'
import { logSumExp } from '../probe/softmaxObjective.js'
import type { RuntimeSession } from '../runtime/runtime.js'
import type { Classification, ClassScore } from './Classification.js'
import type { DecodeSettings } from './ImageReader.js'
import { type ImageFile, ImageReader } from './ImageReader.js'
import { type ClassifierMetadata, IMAGE, LOGITS, PROBABILITIES, VALUES } from './metadata.js'
import { openFile, type RunSettings } from './openFile.js'

/** The decoding and computing of a classifier: in the calling thread, or in a worker. */
export interface Engine {
  readonly metadata: ClassifierMetadata
  /** Returns the `top` most probable classes of each image; of regression all values in their order, as scores. */
  classify(images: readonly ImageFile[], top: number, signal?: AbortSignal): Promise<Classification[]>
  /** Frees the memory. It must not be called while another call is in progress. */
  release(): Promise<void>
}

/** The settings of an engine: plain data. */
export interface EngineSettings extends RunSettings {
  readonly decoding: DecodeSettings
}

/** An engine that decodes and computes in the calling thread. */
export class ClassifierEngine implements Engine {
  readonly #reader: ImageReader
  /** The run in progress: a session accepts one at a time. */
  #last: Promise<unknown> = Promise.resolve()

  /** Opens an engine. It throws the errors of `loadClassifier`. */
  static async open(file: Uint8Array, name: string, settings: EngineSettings): Promise<ClassifierEngine> {
    const { metadata, session } = await openFile(file, name, settings)
    return new ClassifierEngine(metadata, session, settings.decoding)
  }

  private constructor(
    readonly metadata: ClassifierMetadata,
    readonly session: RuntimeSession,
    decoding: DecodeSettings,
  ) {
    this.#reader = new ImageReader(metadata.preprocessing, decoding)
  }

  async classify(images: readonly ImageFile[], top: number): Promise<Classification[]> {
    return this.#ranked(await this.#run(await this.#reader.read(images)), top)
  }

  release(): Promise<void> {
    return this.session.release()
  }

  #run(image: Tensor<'float32'>): Promise<Readonly<Record<string, Tensor>>> {
    const scores = this.metadata.task === 'regression' ? VALUES : PROBABILITIES
    const outputs = { [scores]: null, ...(this.metadata.calibration && { [LOGITS]: null }) }
    const run = this.#last.then(() => this.session.run({ [IMAGE]: image }, outputs))
    this.#last = run.catch(() => undefined)
    return run
  }

  #ranked(outputs: Readonly<Record<string, Tensor>>, top: number): Classification[] {
    const scores = Array.from((outputs[PROBABILITIES] ?? outputs[VALUES])!.data as Float32Array)
    const logits = outputs[LOGITS]?.data as Float32Array | undefined
    const { classes, calibration, task } = this.metadata
    return Array.from({ length: scores.length / classes.length }, (_, i) => {
      const each = classes.map((label, c) => ({ label, score: scores[i * classes.length + c]! }))
      if (task === 'regression') return { ...each[0]!, scores: each }
      const labels = this.#reaching(each)
      const ranked = [...each].sort(byScore)
      const result = { ...ranked[0]!, scores: ranked.slice(0, top), ...(labels && { labels }) }
      if (!calibration || !logits) return result
      const energy = logSumExp(logits.subarray(i * classes.length, (i + 1) * classes.length))
      return { ...result, isUnknown: energy < calibration.threshold }
    })
  }

  /** Returns the labels whose probability reaches their threshold, of several an image. */
  #reaching(each: readonly ClassScore[]): readonly ClassScore[] | undefined {
    const { thresholds } = this.metadata
    return thresholds && each.filter(({ score }, label) => score >= thresholds[label]!).sort(byScore)
  }
}

const byScore = (a: ClassScore, b: ClassScore): number => b.score - a.score
