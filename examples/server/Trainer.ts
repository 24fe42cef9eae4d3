import { EventEmitter } from 'node:events'
import {
  adamW,
  type Backbone,
  type Classifier,
  cosineSchedule,
  exportClassifier,
  type FineTuneEvent,
  fineTune,
  isFineTuneError,
  loadClassifier,
  paramGroups,
  replaceHead,
  splitDataset,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

/** The largest image to classify, in pixels: more than cameras have, and too few for one request to fill the memory. */
const MOST_PIXELS = 50_000_000

/** The settings of a training run. */
export interface Plan {
  /** The path of a directory that has one folder of images for each class. */
  readonly directory: string
  readonly epochs: number
  readonly batchSize: number
  /** The learning rate of the backbone; that of the new head is ten times as high. */
  readonly lr: number
}

export type TrainerEvent =
  | FineTuneEvent
  | { readonly type: 'ready'; readonly classes: readonly string[] }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

/** A trainer of one classifier at a time, in threads of its own. It holds the last one that was finished. */
export class Trainer extends EventEmitter<{ event: [TrainerEvent] }> {
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined
  #last: TrainerEvent | undefined
  classifier: Classifier | undefined

  /** @param backbone called at the start of each run */
  constructor(private readonly backbone: (signal: AbortSignal) => Promise<Backbone>) {
    super()
    this.setMaxListeners(0) // each reader of the events adds a listener
  }

  get isTraining(): boolean {
    return this.#run !== undefined
  }

  /** The last event of the current run, or else of the one before. */
  get last(): TrainerEvent | undefined {
    return this.#last
  }

  /**
   * Starts a run in the background; the events report its progress and its end. Returns false if one is in progress.
   */
  start(plan: Plan): boolean {
    if (this.#run) return false
    const stop = new AbortController()
    const ended = this.#train(plan, stop.signal).then(
      (classes) => this.#end({ type: 'ready', classes }),
      (error: unknown) => this.#end(stop.signal.aborted ? { type: 'stopped' } : failure(error)),
    )
    this.#run = { stop, ended }
    this.#last = undefined
    return true
  }

  /** Ends the current run, if any; the classifier of the one before stays available. */
  async stop(): Promise<void> {
    this.#run?.stop.abort()
    await this.#run?.ended
  }

  async #train({ directory, epochs, batchSize, lr }: Plan, signal: AbortSignal): Promise<readonly string[]> {
    const [train, validation] = splitDataset(await ImageFolder(directory))
    const model = replaceHead(await this.backbone(signal), { classes: train.classes })
    const optimizer = adamW(paramGroups(model, { lr, headLrMultiplier: 10 }))
    const schedule = ({ steps }: { steps: number }) => cosineSchedule({ steps })
    const run = fineTune(model, { train, validation, epochs, batchSize, optimizer, schedule, signal })
    for await (const event of run) this.#tell(event)

    const file = await exportClassifier(model, undefined, { signal })
    const before = this.classifier
    this.classifier = await loadClassifier(file, { worker: true, maxPixels: MOST_PIXELS })
    // The pending requests of the one before are still answered; it is released after the last of them.
    await before?.release()
    return model.classes
  }

  #end(event: TrainerEvent): void {
    this.#run = undefined
    this.#tell(event)
  }

  #tell(event: TrainerEvent): void {
    this.#last = event
    this.emit('event', event)
  }
}

function failure(error: unknown): TrainerEvent {
  const code = isFineTuneError(error) ? error.code : 'unknown'
  return { type: 'failed', code, message: error instanceof Error ? error.message : String(error) }
}
