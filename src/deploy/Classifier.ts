import { z } from 'zod'
import { checkArgument, isList, type Kind } from '../arguments.js'
import type { Preprocessing } from '../backbones/Backbone.js'
import { FineTuneError } from '../errors.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import type { RuntimeSession } from '../runtime/runtime.js'
import { type ClassifierMetadata, IMAGE, PROBABILITIES } from './metadata.js'
import { type DecodeSettings, isPictureSource, PictureReader, type PictureSource } from './pictures.js'

/** A class and how probable it is, from 0 to 1. */
export interface ClassScore {
  readonly label: string
  readonly score: number
}

/** What a classifier says about a picture: `label` and `score` of the most probable class, and of the others. */
export interface Classification extends ClassScore {
  /** The classes, the most probable first: all of them, or as many as `top` says. */
  readonly scores: readonly ClassScore[]
}

export interface ClassifyOptions {
  /** How many classes `scores` lists. Default: all. */
  readonly top?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const schema = z.strictObject({ top: z.int().min(1).optional(), signal: z.instanceof(AbortSignal).optional() })

/** Pictures that are decoded and computed at a time: enough to keep the processors busy, few enough for a phone. */
const CHUNK = 8

/**
 * A trained classifier, as `loadClassifier` returns it.
 *
 * Pictures are decoded and computed in the calling thread, eight at a time; other work of that thread waits meanwhile
 * (ONNX Runtime's `run` blocks it). A server that must answer meanwhile puts its classifier into a worker thread.
 */
export class Classifier {
  /** In the order of the network's outputs. */
  readonly classes: readonly string[]
  /** How a picture becomes the input. Mean and standard deviation are applied by the network itself. */
  readonly preprocessing: Preprocessing
  readonly #session: RuntimeSession
  readonly #reader: PictureReader
  /** The run that is under way: a session takes one at a time. */
  #last: Promise<unknown> = Promise.resolve()
  /** Calls of `classify` that have not ended: their pictures may still be on the way to the network. */
  readonly #calls = new Set<Promise<unknown>>()
  #released: Promise<void> | undefined

  /** @internal */
  constructor(session: RuntimeSession, { classes, preprocessing }: ClassifierMetadata, decoding: DecodeSettings) {
    this.classes = classes
    this.preprocessing = preprocessing
    this.#session = session
    this.#reader = new PictureReader(preprocessing, decoding)
  }

  /**
   * What is in a picture, or in each of several: a path, a URL, the bytes of a picture file, or pixels.
   *
   *     const { label, score } = await classifier.classify('lunch.jpg')
   *     for (const { scores } of await classifier.classify(paths, { top: 3 })) console.log(scores)
   *
   * @throws FineTuneError 'deploy/unreadable-picture' names the picture, 'data/too-many-pixels', 'options/invalid',
   *   'session/run-failed', 'deploy/released', the signal's reason
   */
  async classify(picture: PictureSource, options?: ClassifyOptions): Promise<Classification>
  async classify(pictures: readonly PictureSource[], options?: ClassifyOptions): Promise<Classification[]>
  async classify(
    pictures: PictureSource | readonly PictureSource[],
    options: ClassifyOptions = {},
  ): Promise<Classification | Classification[]> {
    const { top, signal } = checkOptions(schema, options, 'classify')
    const list = (isList(pictures) ? pictures : [pictures]) as readonly PictureSource[]
    demandPictures(list)
    if (this.#released) throw new FineTuneError('deploy/released', {})
    const call = this.#classify(list, top ?? this.classes.length, signal)
    this.#calls.add(call)
    const results = await call.finally(() => this.#calls.delete(call))
    return isList(pictures) ? results : results[0]!
  }

  /** Frees the memory of the network once all calls that are under way have ended. Later calls of `classify` fail. */
  release(): Promise<void> {
    this.#released ??= Promise.allSettled([...this.#calls]).then(() => this.#session.release())
    return this.#released
  }

  async #classify(list: readonly PictureSource[], top: number, signal?: AbortSignal): Promise<Classification[]> {
    const results: Classification[] = []
    for (let first = 0; first < list.length; first += CHUNK) {
      signal?.throwIfAborted()
      const image = await this.#reader.read(list.slice(first, first + CHUNK), first, signal)
      results.push(...this.#ranked(await this.#run(image), top))
    }
    return results
  }

  #run(image: Tensor<'float32'>): Promise<Tensor> {
    const run = this.#last.then(() => this.#session.run({ [IMAGE]: image }, { [PROBABILITIES]: null }))
    this.#last = run.catch(() => undefined)
    return run.then((outputs) => outputs[PROBABILITIES]!)
  }

  #ranked(probabilities: Tensor, top: number): Classification[] {
    const scores = Array.from(probabilities.data as Float32Array)
    const count = this.classes.length
    return Array.from({ length: scores.length / count }, (_, i) => {
      const ranked = this.classes
        .map((label, c) => ({ label, score: scores[i * count + c]! }))
        .sort((a, b) => b.score - a.score)
      return { ...ranked[0]!, scores: ranked.slice(0, top) }
    })
  }
}

function demandPictures(list: readonly unknown[]): void {
  for (const [i, picture] of list.entries())
    checkArgument(`classify: picture ${i + 1} of ${list.length}`, picture, pictureKind)
}

const pictureKind: Kind = {
  expected: 'a path, a URL, the bytes of a picture file (Uint8Array) or pixels [height, width, 3] (Uint8Array)',
  is: isPictureSource,
}
