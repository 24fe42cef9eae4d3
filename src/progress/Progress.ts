import type { FeatureStepEvent, ResumedEvent, StepEvent, ValidationStepEvent } from '../finetune/record/events.js'
import type { AutomaticEvent } from '../recipe/events.js'
import { Pace } from './Pace.js'

/** The state of a run, gathered from its events. */
export class Progress {
  /** The loss of every step so far. */
  readonly losses: number[] = []
  /** The current epoch, from 1; 0 before the first event. */
  epoch = 0
  epochs = 0
  /** The current phase. In `features` the frozen part runs over the images, once for many epochs. */
  phase: 'features' | 'training' | 'validation' = 'training'
  /** The number of batches done in this phase of this epoch, and the number of all. */
  step = 0
  steps = 0
  /** The number of training examples per second, in this epoch. */
  rate = 0
  /** The loss and accuracy over the examples of this phase of this epoch so far. */
  loss = 0
  accuracy = 0
  #examples = 0
  /** The rest of the budget at the last step, in seconds. */
  #budgetLeft: number | undefined
  readonly #training = new Pace()
  readonly #validating = new Pace()

  /**
   * Adds an event.
   *
   * @param now in milliseconds
   */
  add(event: AutomaticEvent, now: number): void {
    if (event.type === 'step') {
      this.#budgetLeft = event.budgetLeft
      this.losses.push(event.loss)
      this.rate = event.examplesPerSecond
      this.#batch('training', event, now)
    } else if (event.type === 'validationStep') this.#batch('validation', event, now)
    else if (event.type === 'featureStep') this.#reach('features', event)
    else if (event.type === 'resumed') this.#reach('training', event)
  }

  /** The share of this phase that is done, 0 to 1. */
  get share(): number {
    return this.steps > 0 ? this.step / this.steps : 0
  }

  /** The time until the run ends, in seconds, estimated from its pace; undefined before two steps. */
  get secondsLeft(): number | undefined {
    if (this.phase === 'features' || this.#training.milliseconds === undefined) return undefined
    const epochsAfter = this.epochs - this.epoch
    const training = this.phase === 'training' ? this.steps - this.step : 0
    const validating = this.phase === 'training' ? this.#validating.steps : this.steps - this.step
    const milliseconds =
      this.#training.milliseconds * (training + epochsAfter * this.#training.steps) +
      (this.#validating.milliseconds ?? 0) * (validating + epochsAfter * this.#validating.steps)
    return Math.min(milliseconds / 1000, this.#budgetLeft ?? Infinity)
  }

  #batch(phase: 'training' | 'validation', event: StepEvent | ValidationStepEvent, now: number): void {
    if (event.step === 1) this.#examples = this.loss = this.accuracy = 0
    const known = this.#examples
    this.#examples += event.examples
    this.loss = (this.loss * known + event.loss * event.examples) / this.#examples
    this.accuracy = (this.accuracy * known + event.accuracy * event.examples) / this.#examples
    this.#reach(phase, event)
    const pace = phase === 'training' ? this.#training : this.#validating
    pace.add(event.step, event.stepsPerEpoch, now)
  }

  #reach(phase: Progress['phase'], event: FeatureStepEvent | ResumedEvent | StepEvent | ValidationStepEvent): void {
    this.phase = phase
    this.epoch = event.epoch
    this.epochs = event.epochs
    this.step = event.step
    this.steps = event.stepsPerEpoch
  }
}
