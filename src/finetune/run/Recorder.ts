import { isFineTuneError } from '../../errors.js'
import type { RuntimeReport } from '../../runtime/RuntimeReport.js'
import type { RunHistory } from '../checkpoint/RunState.js'
import type { FineTuneEvent, FineTuneResult, Prediction } from '../record/events.js'
import type { EpochRecord, RunRecord, StepRecord, WarningRecord } from '../record/RunRecord.js'
import type { RunFacts } from '../record/summaries.js'
import { epochFromPlain, epochToPlain } from './RunProgress.js'

/** An event that only some runs report, and no record keeps. */
interface OtherEvent {
  readonly type: string
}

/** A recorder of the events of a run. */
export class Recorder {
  readonly #facts: RunFacts
  readonly #signal: AbortSignal | undefined
  readonly #steps: StepRecord[] = []
  readonly #epochs: EpochRecord[] = []
  readonly #warnings: WarningRecord[] = []
  #predictions: readonly Prediction[] = []
  /** The predictions of the current validation. */
  #pending: Prediction[] = []
  #status: RunRecord['status'] = 'waiting'
  #error: RunRecord['error']
  #runtimeReport: RuntimeReport | undefined
  #startedAt: number | undefined
  /** The times when this process started the run, and of the last event. */
  #since = 0
  #time = 0
  /** The seconds of the run before it was resumed. */
  #secondsBefore = 0

  constructor(facts: RunFacts, signal: AbortSignal | undefined) {
    this.#facts = facts
    this.#signal = signal
  }

  /** The part that a checkpoint keeps. */
  get history(): RunHistory {
    return historyOf(this.record)
  }

  /** Restores the history of the run that is resumed. */
  restore({ startedAt, seconds, steps, epochs, predictions, warnings }: RunHistory): void {
    this.#startedAt = startedAt
    this.#secondsBefore = seconds
    // JSON has null in the place of NaN.
    this.#steps.push(...steps.map((step) => ({ ...step, accuracy: step.accuracy ?? Number.NaN })))
    this.#epochs.push(...epochs.map((epoch) => epochFromPlain<EpochRecord>(epoch)))
    this.#predictions = predictions
    this.#warnings.push(...warnings)
  }

  /** Notes where the run computes. */
  computesOn(report: RuntimeReport): void {
    this.#runtimeReport = report
  }

  /** The record at this moment. */
  get record(): RunRecord {
    const startedAt = this.#startedAt
    return {
      status: this.#status,
      ...(this.#error && { error: this.#error }),
      ...(startedAt !== undefined && { startedAt }),
      seconds: this.#secondsBefore + (this.#time - this.#since) / 1000,
      ...this.#facts,
      ...(this.#runtimeReport && { runtimeReport: this.#runtimeReport }),
      steps: [...this.#steps],
      epochs: [...this.#epochs],
      ...(this.#warnings.length > 0 && { warnings: [...this.#warnings] }),
      predictions: this.#predictions,
    }
  }

  /**
   * Passes a run's events on and records them.
   *
   * @param isRecorded tells whether an event belongs into the record. Default: all of them
   */
  async *follow<Event extends FineTuneEvent | OtherEvent, Result extends FineTuneResult>(
    events: AsyncGenerator<Event, Result>,
    isRecorded: (event: Event) => boolean = () => true,
  ): AsyncGenerator<Event, Result> {
    this.#status = 'running'
    this.#startedAt = this.#since = this.#time = Date.now()
    try {
      for (;;) {
        const next = await events.next()
        this.#time = Date.now()
        if (next.done) return next.value
        if (isRecorded(next.value)) this.#keep(next.value as FineTuneEvent)
        yield next.value
      }
    } catch (error) {
      this.#fail(error)
      throw error
    } finally {
      // Still running: the caller has left the loop.
      if (this.#status === 'running') this.#status = 'stopped'
      await events.return(undefined as never)
    }
  }

  #keep(event: FineTuneEvent): void {
    const time = this.#time
    if (event.type === 'step') {
      const { type, epochs, stepsPerEpoch, budgetLeft, ...step } = event
      this.#steps.push({ ...step, time })
    } else if (event.type === 'validationStep') {
      if (event.step === 1) this.#pending = []
      this.#pending.push(...event.predictions)
    } else if (event.type === 'epoch') {
      const { type, epochs, ...metrics } = event
      this.#epochs.push({ ...metrics, time, steps: this.#steps.length })
      if (event.validation) this.#predictions = this.#pending
    } else if (event.type === 'warning') {
      const { code, message } = event
      this.#warnings.push({ code, message, time })
    } else if (event.type === 'done') this.#status = 'done'
  }

  #fail(error: unknown): void {
    const isStopped = this.#signal?.aborted === true && error === this.#signal.reason
    this.#status = isStopped ? 'stopped' : 'failed'
    const code = isStopped ? 'aborted' : isFineTuneError(error) ? error.code : undefined
    this.#error = { ...(code && { code }), message: error instanceof Error ? error.message : String(error) }
  }
}

/** Returns the part of a record that a checkpoint keeps. */
export function historyOf(record: RunRecord): RunHistory {
  const { startedAt = Date.now(), seconds, steps, epochs, predictions, warnings = [] } = record
  return { startedAt, seconds, steps, epochs: epochs.map(epochToPlain), predictions, warnings }
}
