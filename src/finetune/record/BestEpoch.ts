import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { CheckedOptions } from '../options/options.js'
import type { EpochMetrics, Evaluation } from './events.js'

/** The best epoch so far by validation, with its weights if they are to be kept. */
export interface BestWeights {
  readonly epoch: number
  readonly accuracy: number
  readonly loss: number
  /** Recall@1, of a run that measures it. */
  readonly recall?: number | undefined
  /** The weights by name; none if only the number of the epoch is needed. */
  readonly weights: Readonly<Record<string, Tensor>>
}

/** A tracker of the best epoch by validation. */
export class BestEpoch {
  constructor(
    private readonly options: Pick<CheckedOptions, 'keep' | 'metric' | 'patience'>,
    public best?: BestWeights,
  ) {}

  /**
   * Considers an epoch.
   *
   * @param model has its weights
   * @returns true if it is the best so far
   */
  consider({ epoch, validation }: EpochMetrics, model: Model): boolean {
    if (!validation || !this.#isBetter(validation)) return false
    const { accuracy, loss, recallAt } = validation
    const names = this.options.keep === 'best' ? [...model.parameters, ...model.buffers] : []
    // They are replaced, never written into.
    const weights = Object.fromEntries(names.map((name) => [name, model.get(name)]))
    this.best = { epoch, accuracy, loss, ...(recallAt && { recall: recallAt[1] }), weights }
    return true
  }

  /** Tells whether the patience is exhausted. */
  isOver(epoch: number): boolean {
    const { patience } = this.options
    return patience !== undefined && this.best !== undefined && epoch - this.best.epoch >= patience
  }

  #isBetter({ accuracy, loss, recallAt }: Evaluation): boolean {
    const { best } = this
    if (!best) return true
    const isLower = loss < best.loss
    const { metric } = this.options
    const [now, before] = metric === 'recall' ? [recallAt?.[1], best.recall] : [accuracy, best.accuracy]
    // Regression has no accuracy, and classes of one image each have no recall.
    if (metric === 'loss' || now === undefined || before === undefined || Number.isNaN(now)) return isLower
    return now > before || (now === before && isLower)
  }
}
