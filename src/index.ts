/**
 * Everything that needs neither files nor a terminal. Tested in Node, on onnxruntime-node and on the WebAssembly of
 * onnxruntime-web; not yet in a page.
 *
 * @module onnx-finetune
 */

export type { CheckpointParameter, CheckpointState, OptimizerGroupState } from './artifacts/CheckpointState.js'
export type { ArtifactOptions } from './artifacts/generateArtifacts.js'
export { generateArtifacts } from './artifacts/generateArtifacts.js'
export { loadArtifacts } from './artifacts/loadArtifacts.js'
export type { OfficialOptimizer } from './artifacts/officialOptimizer.js'
export { readCheckpoint } from './artifacts/readCheckpoint.js'
export type { TrainingArtifacts } from './artifacts/TrainingArtifacts.js'
export { writeCheckpoint } from './artifacts/writeCheckpoint.js'
export type { Loss } from './autodiff/loss.js'
export type { Backbone, BackboneWarning, Head, Inexpressible, Preprocessing } from './backbones/Backbone.js'
export { imagenetClasses } from './backbones/imagenetClasses.js'
export type { LoadBackboneOptions } from './backbones/loadBackbone.js'
export { loadBackbone } from './backbones/loadBackbone.js'
export type { LoadOnnxBackboneOptions } from './backbones/onnx/loadOnnxBackbone.js'
export { loadOnnxBackbone } from './backbones/onnx/loadOnnxBackbone.js'
export type { RecognisedBackbone } from './backbones/recogniseBackbone.js'
export { recogniseBackbone } from './backbones/recogniseBackbone.js'
export type { BackboneWeights } from './backbones/weights.js'
export { backboneWeights } from './backbones/weights.js'
export type { Batch } from './data/batch.js'
export type { ContactSheetOptions } from './data/contactSheet.js'
export { contactSheet, pick } from './data/contactSheet.js'
export type { Loader } from './data/createLoader.js'
export { createLoader } from './data/createLoader.js'
export type { ImageDataset, ImageSample, SkippedSample } from './data/dataset.js'
export { readSample } from './data/dataset.js'
export type { DecodeOptions, Decoder } from './data/decode/decodePicture.js'
export { decodePicture } from './data/decode/decodePicture.js'
export type {
  ClassInspection,
  DatasetInspection,
  DuplicateGroup,
  DuplicatePicture,
  PictureColour,
  PictureName,
  SetInspection,
  Spread,
  UnreadablePicture,
} from './data/inspection/DatasetInspection.js'
export type { InspectOptions, InspectProgress } from './data/inspection/inspectDataset.js'
export { inspectDataset } from './data/inspection/inspectDataset.js'
export type { LoaderOptions } from './data/loaderOptions.js'
export type { SplitOptions } from './data/splitDataset.js'
export { splitDataset } from './data/splitDataset.js'
export type { Classification, Classifier, ClassifyOptions, ClassScore } from './deploy/Classifier.js'
export type { ExportOptions } from './deploy/exportClassifier.js'
export { exportClassifier } from './deploy/exportClassifier.js'
export type { LoadClassifierOptions } from './deploy/loadClassifier.js'
export { loadClassifier } from './deploy/loadClassifier.js'
export type { Precision } from './deploy/metadata.js'
export type { PictureSource } from './deploy/pictures.js'
export type { ErrorCode, ErrorFacts } from './errors.js'
export { FineTuneError, isFineTuneError } from './errors.js'
export { freeze, unfreeze } from './model/freeze.js'
export { Model } from './model/Model.js'
export type { ExplicitGroups, HeadAndBackbone } from './model/paramGroups.js'
export { paramGroups } from './model/paramGroups.js'
export type { ParameterPattern } from './model/patterns.js'
export type { ReplaceHeadOptions } from './model/replaceHead.js'
export { replaceHead } from './model/replaceHead.js'
export type { SaveWeightsOptions } from './model/saveWeights.js'
export { saveWeights } from './model/saveWeights.js'
export type { AttributeInput, OpOptions } from './onnx/builder.js'
export { GraphBuilder } from './onnx/builder.js'
export type { Attribute, Dim, Node, Shape, ValueInfo } from './onnx/graph.js'
export { Graph } from './onnx/graph.js'
export { inferShapes } from './onnx/inferShapes.js'
export { readModel } from './onnx/read.js'
export type { DataOf, DataType, Tensor } from './onnx/tensor.js'
export { float32, int64, scalar } from './onnx/tensor.js'
export { writeModel } from './onnx/write.js'
export type { AdamDefaults, AdamGroup } from './optim/adam.js'
export { adam, adamW } from './optim/adam.js'
export type { GradientLimits } from './optim/clipGradients.js'
export type { Optimizer, ParamGroup } from './optim/Optimizer.js'
export type { Schedule } from './optim/schedules.js'
export { constant, cosine, linearWarmup, oneCycle } from './optim/schedules.js'
export type { SgdDefaults } from './optim/sgd.js'
export { sgd } from './optim/sgd.js'
export type { ExecutionProvider, RuntimeName } from './platform/runtimes.js'
export { printable } from './printable.js'
export { epochLine } from './progress/epochLine.js'
export type { Random } from './random.js'
export { random } from './random.js'
export type { ClassMetrics } from './report/classMetrics.js'
export { classMetrics } from './report/classMetrics.js'
export { metricsCsv, stepsCsv } from './report/metricsCsv.js'
export type { ReportFacts, ReportOptions } from './report/reportHtml.js'
export { reportHtml } from './report/reportHtml.js'
export { tensorBoardEvents } from './report/tensorboard/tensorBoardEvents.js'
export type { OptimizerStepOptions } from './session/messages.js'
export type { StepOptions, TrainingSessionOptions, TrainStepOptions } from './session/TrainingSession.js'
export { TrainingSession } from './session/TrainingSession.js'
export type { CheckpointOptions } from './train/checkpoint/options.js'
export type {
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  EpochMetrics,
  Evaluation,
  FeatureStepEvent,
  FineTuneEvent,
  FineTuneResult,
  Prediction,
  ResumedEvent,
  StepEvent,
  ValidationStepEvent,
  WarningEvent,
} from './train/events.js'
export type { FineTuneRun } from './train/fineTune.js'
export { fineTune } from './train/fineTune.js'
export type { MemoryEstimate, MemoryOptions } from './train/memory/estimateMemory.js'
export { estimateMemory } from './train/memory/estimateMemory.js'
export type { FineTuneOptions, RunLength } from './train/options.js'
export type {
  DatasetFacts,
  EpochRecord,
  GroupFacts,
  ModelFacts,
  RunRecord,
  RunSettings,
  StepRecord,
  TransformFacts,
} from './train/RunRecord.js'
export { centerCrop } from './transforms/centerCrop.js'
export { colorJitter } from './transforms/colorJitter.js'
export type { Pipeline } from './transforms/compose.js'
export { compose } from './transforms/compose.js'
export { grayscale } from './transforms/grayscale.js'
export { normalize } from './transforms/normalize.js'
export type { Range, Size } from './transforms/options.js'
export type { Box, Picture } from './transforms/picture.js'
export { crop, packed, picture } from './transforms/picture.js'
export { randomErasing } from './transforms/randomErasing.js'
export { randomHorizontalFlip } from './transforms/randomHorizontalFlip.js'
export { randomResizedCrop } from './transforms/randomResizedCrop.js'
export { randomRotation } from './transforms/randomRotation.js'
export { resize } from './transforms/resize.js'
export { toTensor } from './transforms/toTensor.js'
export type { AnyTransform, Transform } from './transforms/transform.js'
export type { DownloadEvent, DownloadOptions, RemoteFile } from './weights/download/RemoteFile.js'
export type { WeightFile, WeightRecord } from './weights/download/WeightRecord.js'
export type { WeightsFile, WeightsSource } from './weights/loadWeights.js'
export { loadWeights } from './weights/loadWeights.js'
export type { SafetensorsFile } from './weights/readSafetensors.js'
export { readSafetensors } from './weights/readSafetensors.js'
export { toFloat32 } from './weights/toFloat32.js'
export { readTorch } from './weights/torch/readTorch.js'
export type { WeightsFormat } from './weights/weightsFormat.js'
export { writeSafetensors } from './weights/writeSafetensors.js'
