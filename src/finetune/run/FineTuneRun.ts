import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { FineTuneEvent, FineTuneResult } from '../record/events.js'
import type { RunRecord } from '../record/RunRecord.js'

/**
 * A training run. It starts when it is iterated or awaited, whichever comes first, and runs once:
 *
 *     for await (const event of run) render(event)   // every event; training continues between them
 *     const result = await run                       // the end
 *
 * At every `epoch` event, and when the run has ended, the model has the weights of the last step, also after an error,
 * an abort or a loop that was left early; with `ema`, their average. Between two epochs `weights()` returns them.
 */
export interface FineTuneRun extends AsyncIterable<FineTuneEvent>, PromiseLike<FineTuneResult> {
  /** The arguments of the run and its history so far; complete once it has ended, successfully or not. */
  readonly record: RunRecord
  /** The data sets in its options. */
  readonly datasets: { readonly train: ImageDataset; readonly validation?: ImageDataset | undefined }
  /**
   * Returns the weights (with `ema`, their average) of the last completed step, at any time: copies of every parameter
   * and buffer of the model, by name. The model itself takes them with `model.set(name, tensor)`; the run does so at the
   * end of each epoch.
   *
   * @throws FineTuneError 'session/worker-died'
   */
  weights(): Promise<Record<string, Tensor>>
  /** Pauses the run before its next batch, until `resume`; memory and threads are kept. */
  pause(): void
  resume(): void
}
