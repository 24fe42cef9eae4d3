import * as z from 'zod'
import { checkArgument, isList, type Kind } from '../arguments.js'
import type { Preprocessing } from '../backbones/Backbone.js'
import type { Task } from '../model/task.js'
import { checkOptions } from '../options.js'
import type { Classification } from './Classification.js'
import type { Engine } from './ClassifierEngine.js'
import { deployError } from './errors.js'
import { fetchImages, type ImageSource, isImageSource } from './images.js'
import type { ExportedCalibration } from './metadata.js'

export interface ClassifyOptions {
  /** The number of classes that `scores` lists. Default: all. */
  readonly top?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({ top: z.int().min(1).optional(), signal: z.instanceof(AbortSignal).optional() })

/** The number of images decoded and computed at a time: enough to keep the processors busy, few enough for a phone. */
const CHUNK = 8

/**
 * A trained classifier, returned by `loadClassifier`.
 *
 * Images are decoded and computed eight at a time: in the calling thread, which is blocked meanwhile (ONNX Runtime's
 * `run` blocks it), or in a worker, if the classifier was loaded with `worker: true`.
 */
export class Classifier {
  /** The names of the classes, in the order of the network's outputs. */
  readonly classes: readonly string[]
  /** The conversion of an image to the input. Mean and standard deviation are applied by the network itself. */
  readonly preprocessing: Preprocessing
  /** The task: `classify` is for one class or several labels an image, `values` for regression. */
  readonly task: Task
  /** Of several labels an image: the probability from which each is among `labels`. Undefined for other tasks. */
  readonly thresholds: readonly number[] | undefined
  /** The calibration in the file: with it, results have `isUnknown`. Undefined if the file has none. */
  readonly calibration: ExportedCalibration | undefined
  readonly #engine: Engine
  /** The calls of `classify` that have not ended: their images may not have reached the network yet. */
  readonly #calls = new Set<Promise<unknown>>()
  #released: Promise<void> | undefined

  /** @internal */
  constructor(engine: Engine) {
    this.classes = engine.metadata.classes
    this.preprocessing = engine.metadata.preprocessing
    this.task = engine.metadata.task
    this.thresholds = engine.metadata.thresholds
    this.calibration = engine.metadata.calibration
    this.#engine = engine
  }

  /**
   * Classifies an image, or each of several: a path, a URL, the bytes of an image file, a Blob, or pixels; in the browser
   * also an image, a canvas, a video or a frame of one.
   *
   *     const { label, score } = await classifier.classify('lunch.jpg')
   *     for (const { scores } of await classifier.classify(paths, { top: 3 })) console.log(scores)
   *
   * @throws FineTuneError 'deploy/unreadable-image' (which names the image), 'data/too-many-pixels', 'options/invalid',
   *   'session/run-failed', 'session/worker-died' (in a worker), 'deploy/other-task' for a file of
   *   regression, 'deploy/released', the signal's reason
   */
  async classify(image: ImageSource, options?: ClassifyOptions): Promise<Classification>
  async classify(images: readonly ImageSource[], options?: ClassifyOptions): Promise<Classification[]>
  async classify(
    images: ImageSource | readonly ImageSource[],
    options: ClassifyOptions = {},
  ): Promise<Classification | Classification[]> {
    const { top, signal } = checkOptions(schema, options, 'classify')
    if (this.task === 'regression') throw deployError('deploy/other-task', { task: this.task, instead: 'values' })
    const list = (isList(images) ? images : [images]) as readonly ImageSource[]
    const results = await this.#counted(list, 'classify', top ?? this.classes.length, signal)
    return isList(images) ? results : results[0]!
  }

  /**
   * Predicts the numbers of an image, or of each of several, by a file of regression.
   *
   *     const { age } = await regression.values('face.jpg')
   *
   * @throws FineTuneError 'deploy/other-task' for a file of another task, and those of `classify`
   */
  async values(image: ImageSource, options?: Pick<ClassifyOptions, 'signal'>): Promise<Record<string, number>>
  async values(
    images: readonly ImageSource[],
    options?: Pick<ClassifyOptions, 'signal'>,
  ): Promise<Record<string, number>[]>
  async values(
    images: ImageSource | readonly ImageSource[],
    options: Pick<ClassifyOptions, 'signal'> = {},
  ): Promise<Record<string, number> | Record<string, number>[]> {
    const { signal } = checkOptions(schema.omit({ top: true }), options, 'values')
    if (this.task !== 'regression') throw deployError('deploy/other-task', { task: this.task, instead: 'classify' })
    const list = (isList(images) ? images : [images]) as readonly ImageSource[]
    const results = await this.#counted(list, 'values', this.classes.length, signal)
    const named = results.map(({ scores }) => Object.fromEntries(scores.map(({ label, score }) => [label, score])))
    return isList(images) ? named : named[0]!
  }

  /** Frees the memory of the network once all calls in progress have ended. Later calls of `classify` fail. */
  release(): Promise<void> {
    this.#released ??= Promise.allSettled([...this.#calls]).then(() => this.#engine.release())
    return this.#released
  }

  /** Classifies images, and counts the call as one in progress. */
  async #counted(list: readonly ImageSource[], of: string, top: number, signal?: AbortSignal) {
    demandImages(list, of)
    if (this.#released) throw deployError('deploy/released', {})
    const call = this.#classify(list, top, signal)
    this.#calls.add(call)
    return call.finally(() => this.#calls.delete(call))
  }

  async #classify(list: readonly ImageSource[], top: number, signal?: AbortSignal): Promise<Classification[]> {
    const results: Classification[] = []
    for (let first = 0; first < list.length; first += CHUNK) {
      signal?.throwIfAborted()
      const images = await fetchImages(list.slice(first, first + CHUNK), first, signal)
      results.push(...(await this.#engine.classify(images, top, signal)))
    }
    return results
  }
}

function demandImages(list: readonly unknown[], of: string): void {
  for (const [i, image] of list.entries()) checkArgument(`${of}: image ${i + 1} of ${list.length}`, image, imageKind)
}

const imageKind: Kind = {
  expected: 'a path, a URL, the bytes of an image file (Uint8Array or Blob) or pixels [height, width, 3] (Uint8Array)',
  is: isImageSource,
}
