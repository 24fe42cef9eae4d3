/**
 * The TrainingSession of onnxruntime-web/training 1.19, on stock ONNX Runtime.
 *
 * @module onnx-finetune/training
 */

export type { ErrorCode, ErrorInfo } from './errors.js'
export { FineTuneError, isFineTuneError } from './errors.js'
export type { DataType } from './onnx/graph/tensor.js'
export type { Schedule } from './optim/schedules.js'
export { constantSchedule, cosineSchedule, linearWarmupSchedule, oneCycleSchedule } from './optim/schedules.js'
export type { Source, TrainingSessionFiles } from './ort-training/files.js'
export type { SessionOptions } from './ort-training/options.js'
export { TrainingSession } from './ort-training/TrainingSession.js'
export type { Feed, Feeds, Fetches, OrtTensor, RunOptions } from './ort-training/tensors.js'
export type { ExecutionProvider, RuntimeName } from './platform/runtimes.js'
