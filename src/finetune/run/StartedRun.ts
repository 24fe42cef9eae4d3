import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { FineTuneEvent, FineTuneResult } from '../record/events.js'
import type { RunRecord } from '../record/RunRecord.js'
import type { FineTuneRun } from './FineTuneRun.js'
import { IteratedRun } from './IteratedRun.js'
import { Pause } from './Pause.js'
import type { Recorder } from './Recorder.js'
import { TrainedWeights } from './TrainedWeights.js'

/** Trains, when a run is started. */
export type Training = (weights: TrainedWeights, pause: Pause) => AsyncGenerator<FineTuneEvent, FineTuneResult>

/** A run of `fineTune`, in one or several phases. */
export class StartedRun extends IteratedRun implements FineTuneRun {
  readonly datasets: FineTuneRun['datasets']
  readonly #weights: TrainedWeights
  readonly #pause = new Pause()

  constructor(
    model: Model,
    { train, validation }: FineTuneRun['datasets'],
    private readonly recorder: Recorder,
    private readonly training: Training,
  ) {
    super()
    this.datasets = { train, validation }
    this.#weights = new TrainedWeights(model)
  }

  get record(): RunRecord {
    return this.recorder.record
  }

  weights(): Promise<Record<string, Tensor>> {
    return this.#weights.read()
  }

  pause(): void {
    this.#pause.begin()
  }

  resume(): void {
    this.#pause.end()
  }

  protected start(): AsyncGenerator<FineTuneEvent, FineTuneResult> {
    return this.recorder.follow(this.training(this.#weights, this.#pause))
  }
}
