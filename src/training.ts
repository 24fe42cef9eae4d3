/**
 * The TrainingSession of onnxruntime-web/training 1.19, on stock ONNX Runtime.
 *
 * @module onnx-finetune/training
 */

export type { ErrorCode, ErrorFacts } from './errors.js'
export { FineTuneError, isFineTuneError } from './errors.js'
export type { DataType } from './onnx/tensor.js'
export type { Schedule } from './optim/schedules.js'
export { constant, cosine, linearWarmup, oneCycle } from './optim/schedules.js'
export type { ExecutionProvider, RuntimeName } from './platform/runtimes.js'
export type { Source, TrainingSessionFiles } from './training/files.js'
export type { SessionOptions } from './training/options.js'
export { TrainingSession } from './training/TrainingSession.js'
export type { Feed, Feeds, Fetches, OrtTensor, RunOptions } from './training/tensors.js'
