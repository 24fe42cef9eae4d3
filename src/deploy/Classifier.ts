import * as z from 'zod'
import { checkArgument, isList, type Kind } from '../arguments.js'
import type { Preprocessing } from '../backbones/Backbone.js'
import { checkOptions } from '../options.js'
import type { Classification } from './Classification.js'
import type { Engine } from './ClassifierEngine.js'
import { deployError } from './errors.js'
import { fetchImages, type ImageSource, isImageSource } from './images.js'

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
  readonly #engine: Engine
  /** The calls of `classify` that have not ended: their images may not have reached the network yet. */
  readonly #calls = new Set<Promise<unknown>>()
  #released: Promise<void> | undefined

  /** @internal */
  constructor(engine: Engine) {
    this.classes = engine.metadata.classes
    this.preprocessing = engine.metadata.preprocessing
    this.#engine = engine
  }

  /**
   * Classifies an image, or each of several: a path, a URL, the bytes of an image file, or pixels.
   *
   *     const { label, score } = await classifier.classify('lunch.jpg')
   *     for (const { scores } of await classifier.classify(paths, { top: 3 })) console.log(scores)
   *
   * @throws FineTuneError 'deploy/unreadable-image' (which names the image), 'data/too-many-pixels', 'options/invalid',
   *   'session/run-failed', 'session/worker-died' (in a worker), 'deploy/released', the signal's reason
   */
  async classify(image: ImageSource, options?: ClassifyOptions): Promise<Classification>
  async classify(images: readonly ImageSource[], options?: ClassifyOptions): Promise<Classification[]>
  async classify(
    images: ImageSource | readonly ImageSource[],
    options: ClassifyOptions = {},
  ): Promise<Classification | Classification[]> {
    const { top, signal } = checkOptions(schema, options, 'classify')
    const list = (isList(images) ? images : [images]) as readonly ImageSource[]
    demandImages(list)
    if (this.#released) throw deployError('deploy/released', {})
    const call = this.#classify(list, top ?? this.classes.length, signal)
    this.#calls.add(call)
    const results = await call.finally(() => this.#calls.delete(call))
    return isList(images) ? results : results[0]!
  }

  /** Frees the memory of the network once all calls in progress have ended. Later calls of `classify` fail. */
  release(): Promise<void> {
    this.#released ??= Promise.allSettled([...this.#calls]).then(() => this.#engine.release())
    return this.#released
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

function demandImages(list: readonly unknown[]): void {
  for (const [i, image] of list.entries()) checkArgument(`classify: image ${i + 1} of ${list.length}`, image, imageKind)
}

const imageKind: Kind = {
  expected: 'a path, a URL, the bytes of an image file (Uint8Array) or pixels [height, width, 3] (Uint8Array)',
  is: isImageSource,
}
