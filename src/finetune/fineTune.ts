import { checkArgument } from '../arguments.js'
import type { ImageDataset } from '../data/dataset/dataset.js'
import { type Model, modelKind } from '../model/Model.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { finetuneError } from './errors.js'
import { planFeatures } from './features/planFeatures.js'
import { trainingLossOf } from './options/lossOfRun.js'
import { type CheckedOptions, checkFineTuneOptions, type FineTuneOptions } from './options/options.js'
import { trialOf } from './options/trialOf.js'
import type { FineTuneEvent, FineTuneResult } from './record/events.js'
import type { RunRecord } from './record/RunRecord.js'
import { IteratedRun } from './run/IteratedRun.js'
import { Pause } from './run/Pause.js'
import { Recorder } from './run/Recorder.js'
import { TrainedWeights } from './run/TrainedWeights.js'

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
   * Returns the weights (with `ema`, their average) of the last completed step, at any time: copies of every parameter and buffer of the model, by
   * name. The model itself takes them with `model.set(name, tensor)`; the run does so at the end of each epoch.
   *
   * @throws FineTuneError 'session/worker-died'
   */
  weights(): Promise<Record<string, Tensor>>
  /** Pauses the run before its next batch, until `resume`; memory and threads are kept. */
  pause(): void
  resume(): void
}

/**
 * Trains `model` on a folder of images. Afterwards `model` holds the trained weights and running statistics.
 *
 * The public `fineTune` calls it; its options, errors and an example are said there.
 */
export function fineTune(model: Model, options: FineTuneOptions): FineTuneRun {
  checkArgument('fineTune: model', model, modelKind)
  const checked = checkFineTuneOptions(options, model)
  checkClasses(model, checked)
  checkTargets(model, checked)
  trainingLossOf(checked, model.task, checked.lossReduction) // or an error
  checkParameters(model, checked)
  const asked = trialOf(checked)
  return new Run(model, asked, planFeatures(model, asked)?.views)
}

class Run extends IteratedRun implements FineTuneRun {
  readonly #recorder: Recorder
  readonly #weights: TrainedWeights
  readonly #pause = new Pause()
  readonly #options: CheckedOptions

  constructor(model: Model, options: CheckedOptions, featureViews: number | undefined) {
    super()
    this.#weights = new TrainedWeights(model)
    this.#options = options
    this.#recorder = new Recorder(model, options, featureViews)
  }

  get record(): RunRecord {
    return this.#recorder.record
  }

  get datasets() {
    const { train, validation } = this.#options
    return { train, validation }
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
    return this.#recorder.follow(this.#train())
  }

  /** Trains by code that a page loads when it is needed. */
  async *#train(): AsyncGenerator<FineTuneEvent, FineTuneResult> {
    const { trainingRun } = await import('./run/trainingRun.js')
    return yield* trainingRun(this.#weights, this.#recorder, this.#pause, this.#options)
  }
}

/** @throws FineTuneError 'train/classes' */
export function checkClasses(model: Model, { train, validation }: Pick<CheckedOptions, 'train' | 'validation'>): void {
  for (const [option, dataset] of Object.entries({ train, validation }))
    if (dataset && JSON.stringify(dataset.classes) !== JSON.stringify(model.classes))
      throw finetuneError('train/classes', { option, dataset: dataset.classes, model: model.classes })
}

/** Checks that every image has what a model of this task learns. @throws FineTuneError 'train/no-targets' */
function checkTargets({ task }: Model, { train, validation }: Pick<CheckedOptions, 'train' | 'validation'>): void {
  if (task === 'classification') return
  const target = task === 'multiLabel' ? 'labels' : 'values'
  for (const [option, dataset] of Object.entries({ train, validation })) {
    const without = dataset?.samples.find((sample) => sample[target] === undefined)
    if (without) throw finetuneError('train/no-targets', { option, source: without.source, task, target })
  }
}

/** Checks that the optimizer updates exactly the trainable parameters: others would be updated, or stay, unnoticed. */
function checkParameters(model: Model, { optimizer }: CheckedOptions): void {
  const updated = new Set(optimizer.groups.flatMap(({ params }) => params))
  const trainable = new Set(model.trainable)
  const missing = [...trainable].filter((name) => !updated.has(name))
  const surplus = [...updated].filter((name) => !trainable.has(name))
  if (missing.length || surplus.length) throw finetuneError('train/unmatched-parameters', { missing, surplus })
}
