import type { Tensor } from '../../onnx/graph/tensor.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import type { BufferPool } from '../../threads/BufferPool.js'
import type { FeaturePrecisionEvent, WarningEvent } from '../record/events.js'
import type { Features } from './FeatureTable.js'

/** The news of a front that was opened. */
export type FrontNews = FeaturePrecisionEvent | WarningEvent

/**
 * The frozen layers at the front of a model, in a session whose evaluation model outputs the features. Opened when
 * first needed.
 */
export class FrozenFront {
  #session: Promise<TrainingEngine> | undefined
  #news: FrontNews[] = []

  /** @param open opens the session, and reports the news of it */
  constructor(
    private readonly open: (report: (news: FrontNews) => void) => Promise<TrainingEngine>,
    private readonly input: string,
    private readonly features: readonly string[],
  ) {}

  /**
   * Computes the features of images.
   *
   * @param images float32 [n, 3, height, width]; their memory is transferred, as is that of the labels
   * @param pool the pool that takes it when they are computed. Default: the memory is copied, not transferred
   * @returns float32 [n, ...] by name
   */
  async run(images: Tensor, labels: Tensor, pool?: BufferPool): Promise<Features> {
    this.#session ??= this.open((news) => this.#news.push(news))
    const session = await this.#session
    const outputs = await session.evalStep({ [this.input]: images, labels }, { pool })
    return Object.fromEntries(this.features.map((name) => [name, outputs[name] as Tensor<'float32'>]))
  }

  /** Returns what was reported since the last call. */
  takeNews(): readonly FrontNews[] {
    return this.#news.splice(0)
  }

  async release(): Promise<void> {
    const session = await this.#session?.catch(() => undefined)
    await session?.release()
  }
}
