import type {
  Answer,
  ClassEntry,
  EpochPoint,
  ImageEntry,
  JudgedImage,
  Mode,
  NetworkName,
  Result,
  Review,
  Settings,
} from '../state/types.js'

/** The images and classes that a call concerns; the worker reads the files from storage. */
export interface Images {
  readonly classes: readonly ClassEntry[]
  readonly entries: readonly ImageEntry[]
}

export interface TrainRequest extends Images {
  readonly network: NetworkName
  readonly mode: Mode
  readonly epochs: number
  readonly batchSize: number
}

export interface ProjectRequest extends Images {
  readonly settings: Settings
  readonly result: Result | undefined
  readonly changes: number
}

export interface TrainOutcome {
  readonly judged: readonly JudgedImage[]
  readonly accuracy?: number
  readonly epochs: readonly EpochPoint[]
  readonly seconds: number
  readonly stopped: boolean
  readonly provider?: string
}

/** Progress of a call. */
export type Progress =
  | { readonly type: 'download'; readonly share: number }
  | { readonly type: 'prepare' }
  | { readonly type: 'features'; readonly share: number }
  | { readonly type: 'training'; readonly share: number }
  | { readonly type: 'epoch'; readonly point: EpochPoint }
  | { readonly type: 'review'; readonly share: number }
  | { readonly type: 'project'; readonly share: number }
  | { readonly type: 'drawn'; readonly image: DrawnImage }

export interface DrawnImage {
  readonly className: string
  readonly name: string
  readonly file: Blob
}

/** The calls from the page to its worker. A signal stops a call; a stopped training still leaves a classifier. */
export interface EngineCalls {
  train(request: TrainRequest): TrainOutcome
  classify(image: ImageBitmap | Blob): Answer
  review(request: Images & { readonly network: NetworkName }): Review
  draw(perClass: number): void
  saveProject(request: ProjectRequest): Blob
  openProject(file: Blob): void
}

export type CallName = keyof EngineCalls
export type Argument<K extends CallName> = Parameters<EngineCalls[K]>[0]
export type AnswerOf<K extends CallName> = ReturnType<EngineCalls[K]>

export type ToWorker =
  | { readonly type: 'call'; readonly id: number; readonly name: CallName; readonly argument: unknown }
  | { readonly type: 'stop'; readonly id: number }

export type FromWorker =
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly type: 'done'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
