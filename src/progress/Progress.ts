import type {
  FeatureStepEvent,
  FineTuneEvent,
  ResumedEvent,
  StepEvent,
  ValidationStepEvent,
} from '../finetune/record/events.js'
import { Pace } from './Pace.js'

/** The state of a run, gathered from its events. */
export class Progress {
  /** Of every step so far. */
  readonly losses: number[] = []
  /** From 1; 0 before the first event. */
  epoch = 0
  epochs = 0
  /** `features`: what is frozen runs over the images, once for many epochs. */
  phase: 'features' | 'training' | 'validation' = 'training'
  /** Batches done in this phase of this epoch, of how many. */
  step = 0
  steps = 0
  /** Training examples a second, in this epoch. */
  rate = 0
  /** Over what this phase of this epoch has seen. */
  loss = 0
  accuracy = 0
  #examples = 0
  /** Seconds that the run may take from its last step on. */
  #budgetLeft: number | undefined
  readonly #training = new Pace()
  readonly #validating = new Pace()

  /** @param now in milliseconds */
  add(event: FineTuneEvent, now: number): void {
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

  /** Until the run ends, as far as its pace tells; undefined before two steps. */
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
