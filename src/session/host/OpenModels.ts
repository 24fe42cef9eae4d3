import type { Graph } from '../../onnx/graph/graph.js'
import type { Value } from '../../runtime/DeviceTensor.js'
import type { OpenSession } from '../../runtime/resultsInPlace.js'
import type { RuntimeSession } from '../../runtime/runtime.js'
import { inDeclaredTypes } from './declaredTypes.js'

/**
 * The kinds of training steps: one that computes gradients, one that adds them to the accumulated ones, and one that
 * applies them immediately. Each keeps the memory of a whole step.
 */
export const STEPS = ['training', 'accumulating training', 'updating training'] as const
export type StepName = (typeof STEPS)[number]

/** The evaluation models: of the parameters, and of their averages. */
export const EVALUATIONS = ['evaluation', 'averaged evaluation'] as const

/** The name of a model that ONNX Runtime opens. */
export type ModelName = StepName | (typeof EVALUATIONS)[number] | 'optimizer' | 'average'

/** The feeds that a model is opened for. */
export interface FeedInfo {
  readonly shapes: ReadonlyMap<string, readonly number[]>
  /** The number of elements of all feeds: bytes are converted to float32 for computing. */
  readonly elements: number
}

/** The most shapes whose models stay open: an epoch has batches of one shape and a last, smaller one ... */
const MOST_SHAPES = 2
/**
 * ... and the most elements that their feeds together may have for that. ONNX Runtime keeps the memory of a whole step
 * for each model, some 60 times that.
 */
const MOST_ELEMENTS = 16 * 2 ** 20

interface Opened {
  readonly session: RuntimeSession<Value>
  readonly elements: number
}

/** Models that are opened when they are first needed, and again after they were closed. */
export class OpenModels {
  /**
   * The open models by the shapes of the feeds, the oldest first; undefined stands for a model for feeds of any shape.
   */
  readonly #sessions = new Map<ModelName, Map<string | undefined, Opened>>()

  constructor(
    readonly open: OpenSession<Value>,
    readonly graphOf: (model: ModelName, shapes: FeedInfo['shapes'] | undefined) => Graph,
  ) {}

  has(model: ModelName): boolean {
    return this.#sessions.has(model)
  }

  async get(model: ModelName, feeds?: FeedInfo): Promise<RuntimeSession<Value>> {
    const opened = this.#sessions.get(model) ?? new Map<string | undefined, Opened>()
    this.#sessions.set(model, opened)
    const key = feeds && [...feeds.shapes].map(([name, dims]) => `${name}[${dims}]`).join()
    const known = opened.get(key)
    if (known) return known.session
    const elements = feeds?.elements ?? 0
    for (const [other, oldest] of opened) {
      const together = elements + [...opened.values()].reduce((sum, other) => sum + other.elements, 0)
      if (opened.size < MOST_SHAPES && together <= MOST_ELEMENTS) break
      opened.delete(other)
      await oldest.session.release()
    }
    const graph = this.graphOf(model, feeds?.shapes)
    const session = withDeclaredTypes(await this.open(graph, model), graph)
    opened.set(key, { session, elements })
    return session
  }

  async close(...models: readonly ModelName[]): Promise<void> {
    for (const model of models) {
      const opened = this.#sessions.get(model)
      this.#sessions.delete(model)
      for (const { session } of opened?.values() ?? []) await session.release()
    }
  }

  async closeAll(): Promise<void> {
    await this.close(...this.#sessions.keys())
  }
}

const withDeclaredTypes = (session: RuntimeSession<Value>, { inputs }: Graph): RuntimeSession<Value> => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  run: (feeds, fetches) => session.run(inDeclaredTypes(feeds, inputs), fetches),
  release: () => session.release(),
})
