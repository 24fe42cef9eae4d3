import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { CheckedOptions } from '../options/options.js'
import type { EpochMetrics } from './events.js'

/** The best epoch so far by validation, with its weights if they are to be kept. */
export interface BestWeights {
  readonly epoch: number
  readonly accuracy: number
  readonly loss: number
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
    const { accuracy, loss } = validation
    const names = this.options.keep === 'best' ? [...model.parameters, ...model.buffers] : []
    // They are replaced, never written into.
    this.best = { epoch, accuracy, loss, weights: Object.fromEntries(names.map((name) => [name, model.get(name)])) }
    return true
  }

  /** Tells whether the patience is exhausted. */
  isOver(epoch: number): boolean {
    const { patience } = this.options
    return patience !== undefined && this.best !== undefined && epoch - this.best.epoch >= patience
  }

  #isBetter({ accuracy, loss }: { readonly accuracy: number; readonly loss: number }): boolean {
    const { best } = this
    if (!best) return true
    const isLower = loss < best.loss
    // Regression has no accuracy.
    if (this.options.metric === 'loss' || Number.isNaN(accuracy)) return isLower
    return accuracy > best.accuracy || (accuracy === best.accuracy && isLower)
  }
}
