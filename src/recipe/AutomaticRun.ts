import { factsOf } from '../finetune/record/summaries.js'
import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import { IteratedRun } from '../finetune/run/IteratedRun.js'
import { historyOf, Recorder } from '../finetune/run/Recorder.js'
import { TrainedWeights } from '../finetune/run/TrainedWeights.js'
import type { Model } from '../model/Model.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import type { AutomaticEvent } from './events.js'
import type { CheckedAutomatic } from './options.js'
import type { AutomaticRecord, RecipeReport } from './RecipeReport.js'
import type { AutomaticResult } from './runRecipe.js'
import { checkedTuning } from './tuning.js'

/**
 * A run with the automatic recipe. It is a `FineTuneRun`: it starts when it is iterated or awaited, and runs once. Its
 * events tell of stages too, its result of what was tried. From the first head on, `model` is the best that is finished.
 */
export interface AutomaticRun extends AsyncIterable<AutomaticEvent>, PromiseLike<AutomaticResult> {
  /** The arguments of the run, and the history of the training that the model comes from. */
  readonly record: AutomaticRecord
  readonly datasets: FineTuneRun['datasets']
  /** Returns copies of every parameter and buffer of the model as it is, by name. */
  weights(): Promise<Record<string, Tensor>>
  /** Pauses the run before its next batch, until `resume`. Heads and features are finished first. */
  pause(): void
  resume(): void
}

export class StartedRecipe extends IteratedRun<AutomaticEvent, AutomaticResult> implements AutomaticRun {
  readonly #recorder: Recorder
  #isRecorded = false
  #isPaused = false
  #training: FineTuneRun | undefined
  #report: RecipeReport | undefined

  constructor(
    private readonly model: Model,
    private readonly options: CheckedAutomatic,
  ) {
    super()
    this.#recorder = new Recorder(factsOf(model, checkedTuning(model, options), undefined), options.signal)
  }

  get record(): AutomaticRecord {
    return this.#report ? { ...this.#recorder.record, recipe: this.#report } : this.#recorder.record
  }

  get datasets() {
    const { train, validation } = this.options
    return { train, validation }
  }

  weights(): Promise<Record<string, Tensor>> {
    return new TrainedWeights(this.model).read()
  }

  pause(): void {
    this.#isPaused = true
    this.#training?.pause()
  }

  resume(): void {
    this.#isPaused = false
    this.#training?.resume()
  }

  protected start(): AsyncGenerator<AutomaticEvent, AutomaticResult> {
    return this.#recorder.follow(
      this.#run(),
      ({ type }) => this.#isRecorded || type === 'runtime' || type === 'warning',
    )
  }

  /** Runs by code that a page loads when it is needed. */
  async *#run(): AsyncGenerator<AutomaticEvent, AutomaticResult> {
    const { runRecipe } = await import('./runRecipe.js')
    const result = yield* runRecipe(this.model, this.options, {
      begins: (run) => {
        this.#training = run
        if (this.#isPaused) run.pause()
      },
      resumes: ({ record }) => {
        if (this.#isRecorded) this.#recorder.restore(historyOf(record))
      },
      records: (isRecorded) => {
        this.#isRecorded = isRecorded
      },
    })
    this.#report = result.recipe
    return result
  }
}
