/**
 * Everything that needs neither files nor a terminal, in Node and in the browser.
 *
 * @module onnx-finetune
 */

// The codes and facts of each room's errors; those of the command line are not part of the library.
export type {} from './artifacts/errors.js'
export type { ArtifactOptions } from './artifacts/generateArtifacts.js'
export { generateArtifacts } from './artifacts/generateArtifacts.js'
export { loadArtifacts } from './artifacts/loadArtifacts.js'
export type { OfficialOptimizer } from './artifacts/officialOptimizer.js'
export { readCheckpoint } from './artifacts/readCheckpoint.js'
export type { TrainingArtifacts } from './artifacts/TrainingArtifacts.js'
export { writeCheckpoint } from './artifacts/writeCheckpoint.js'
export type {} from './autodiff/errors.js'
export type {
  BinaryCrossEntropyLoss,
  CrossEntropyLoss,
  DistillationLoss,
  FocalLoss,
  HuberLoss,
  Loss,
  MeanSquaredErrorLoss,
  SigmoidFocalLoss,
  SupervisedContrastiveLoss,
  TripletLoss,
} from './autodiff/loss.js'
export type {
  Backbone,
  BackboneWarning,
  Head,
  HeadLayer,
  Inexpressible,
  KeptClassifier,
  Preprocessing,
} from './backbones/Backbone.js'
export type {} from './backbones/errors.js'
export { imagenetClasses } from './backbones/imagenetClasses.js'
export { loadOnnxBackbone } from './backbones/import/loadOnnxBackbone.js'
export type { LoadOnnxBackboneOptions } from './backbones/import/onnxOptions.js'
export type { LoadBackboneOptions } from './backbones/loadBackbone.js'
export { loadBackbone } from './backbones/loadBackbone.js'
export type { RecognisedBackbone } from './backbones/recogniseBackbone.js'
export { recogniseBackbone } from './backbones/recogniseBackbone.js'
export type { BackboneWeights } from './backbones/weights.js'
export { backboneWeights } from './backbones/weights.js'
export { type BeforeAndAfter, calibrate, type TemperatureFit } from './calibration/calibrate.js'
export { type CalibrateOptions, type Calibration, calibrateModel } from './calibration/calibrateModel.js'
export type { ReliabilityBin } from './calibration/calibrationError.js'
export type { CheckpointParameter, CheckpointState, OptimizerGroupState } from './contract/CheckpointState.js'
export type {} from './contract/errors.js'
export { type ContactSheetOptions, contactSheet, pickSamples } from './data/contactSheet.js'
export { concatDatasets } from './data/dataset/concatDatasets.js'
export { type ImageDataset, readSample, type SkippedSample } from './data/dataset/dataset.js'
export type { SampleGroups } from './data/dataset/groups.js'
export { type ImageDatasetOptions, imageDataset, type LabelledImage } from './data/dataset/imageDataset.js'
export { type Fold, type KFoldOptions, kFold } from './data/dataset/kFold.js'
export { type SplitOptions, splitDataset } from './data/dataset/splitDataset.js'
export { subset } from './data/dataset/subset.js'
export type { DecodeOptions, Decoder } from './data/decode/decodeImage.js'
export { decodeImage } from './data/decode/decodeImage.js'
export type {} from './data/errors.js'
export type {
  ClassInspection,
  DatasetInspection,
  DuplicateGroup,
  DuplicateImage,
  ImageName,
  SetInspection,
  Spread,
  UnreadableImage,
} from './data/inspection/DatasetInspection.js'
export type { InspectOptions, InspectProgress } from './data/inspection/inspectDataset.js'
export { inspectDataset } from './data/inspection/inspectDataset.js'
export type { Batch } from './data/loader/batch.js'
export type { Loader } from './data/loader/createLoader.js'
export { createLoader } from './data/loader/createLoader.js'
export type { LoaderOptions } from './data/loader/loaderOptions.js'
export type { ImageColour, ImageFormat } from './data/loader/look/ImageLook.js'
export type { Sampling } from './data/loader/sampling.js'
export type { ImageSample } from './data/samples/ImageSample.js'
export type { Classification, ClassScore } from './deploy/Classification.js'
export type { Classifier, ClassifyOptions } from './deploy/Classifier.js'
export type {} from './deploy/errors.js'
export { type ExportOptions, exportClassifier } from './deploy/exportClassifier.js'
export type { ImageSource } from './deploy/images.js'
export type { QuantizationEffect } from './deploy/int8/Comparison.js'
export type { QuantizeProgress } from './deploy/int8/ImageRuns.js'
export { type QuantizedClassifier, type QuantizeOptions, quantizeClassifier } from './deploy/int8/quantizeClassifier.js'
export { type LoadClassifierOptions, loadClassifier } from './deploy/loadClassifier.js'
export type { ExportedCalibration, Precision } from './deploy/metadata.js'
export { type EmbedOptions, embed } from './embedding/embed.js'
export type { Embedder, EmbedderOptions, Embeddings, EmbedImagesOptions } from './embedding/embedder.js'
export { embedder } from './embedding/embedder.js'
export type { KnnClassification, KnnClassifier, KnnOptions } from './embedding/knnClassifier.js'
export { knnClassifier } from './embedding/knnClassifier.js'
export type { Neighbour } from './embedding/Nearest.js'
export { type NeighbourOptions, nearestNeighbours } from './embedding/nearestNeighbours.js'
export type { ErrorCode, ErrorInfo } from './errors.js'
export { FineTuneError, isFineTuneError } from './errors.js'
export { type EvaluateOptions, evaluate, type ModelEvaluation } from './evaluation/evaluate.js'
export { type EvaluateLabelsOptions, evaluateLabels, type LabelsEvaluation } from './evaluation/evaluateLabels.js'
export type { ClassEvaluation, ProbabilityEvaluation, ProbabilityOptions } from './evaluation/evaluateProbabilities.js'
export { evaluateProbabilities } from './evaluation/evaluateProbabilities.js'
export { evaluateValues, type ValuesEvaluation } from './evaluation/evaluateValues.js'
export { type ClassMetrics, classMetrics } from './evaluation/metrics/classMetrics.js'
export { confusionMatrix } from './evaluation/metrics/confusionMatrix.js'
export {
  bestThresholds,
  type LabelMetrics,
  type LabelMetricsOptions,
  type LabelQuality,
  labelMetrics,
} from './evaluation/metrics/labelMetrics.js'
export { logLoss } from './evaluation/metrics/logLoss.js'
export type { PrecisionRecallCurve } from './evaluation/metrics/precisionRecallCurve.js'
export { averagePrecision, precisionRecallCurve } from './evaluation/metrics/precisionRecallCurve.js'
export { type Reliability, reliability } from './evaluation/metrics/reliability.js'
export { type ClassAverage, type RocCurve, rocAuc, rocCurve } from './evaluation/metrics/rocCurve.js'
export { topKAccuracy } from './evaluation/metrics/topKAccuracy.js'
export { valueMetrics } from './evaluation/metrics/valueMetrics.js'
export { type Interval, wilsonInterval } from './evaluation/metrics/wilsonInterval.js'
export type { TestViews } from './evaluation/testViews.js'
export { drawExplanation } from './explanation/drawExplanation.js'
export { type ExplainOptions, explain } from './explanation/explain.js'
export type { Explanation } from './explanation/explainSamples.js'
export type {} from './finetune/errors.js'
export type { OutputOptions, OutputProgress } from './finetune/features/computeOutputs.js'
export type { FindLearningRateOptions, LearningRateStep } from './finetune/findLearningRate.js'
export { findLearningRate } from './finetune/findLearningRate.js'
export type { MemoryEstimate, MemoryOptions } from './finetune/memory/estimateMemory.js'
export { estimateMemory } from './finetune/memory/estimateMemory.js'
export type { CheckpointOptions } from './finetune/options/checkpointOptions.js'
export type { DistillOptions } from './finetune/options/distillOptions.js'
export type { EmaOptions } from './finetune/options/emaOptions.js'
export type { FeatureOptions, FeaturePrecision } from './finetune/options/featureOptions.js'
export type { LoadingOptions } from './finetune/options/loadingOptions.js'
export type {
  BinaryCrossEntropyOptions,
  CrossEntropyOptions,
  FocalOptions,
  HuberOptions,
  LossOptions,
  MeanSquaredErrorOptions,
  SupervisedContrastiveOptions,
  TripletOptions,
  WeightsByClass,
} from './finetune/options/lossOptions.js'
export type { MixOptions } from './finetune/options/mixOptions.js'
export type { FineTuneOptions, RunLength } from './finetune/options/options.js'
export type { Phase, PhasedOptions } from './finetune/options/phaseOptions.js'
export type { ReplicaOptions, ShardOptions } from './finetune/options/shardOptions.js'
export type { EndOptions, SwaOptions } from './finetune/options/swaOptions.js'
export type { TargetOptions } from './finetune/options/targetOptions.js'
export type { TrialOptions } from './finetune/options/trialOptions.js'
export { fineTunePhases } from './finetune/phases/fineTunePhases.js'
export type {
  CheckpointEvent,
  DoneEvent,
  EpochEvent,
  EpochMetrics,
  Evaluation,
  FeaturePrecisionEvent,
  FeatureStepEvent,
  FineTuneEvent,
  FineTuneResult,
  LabelEvaluation,
  Prediction,
  ResumedEvent,
  RuntimeEvent,
  StepEvent,
  ValidationStepEvent,
  ValueEvaluation,
  WarningEvent,
} from './finetune/record/events.js'
export type { LearningRateCurve } from './finetune/record/learningRateCurve.js'
export type {
  DatasetSummary,
  EpochRecord,
  GroupSummary,
  ModelSummary,
  PhaseSummary,
  RunRecord,
  RunSettings,
  StepRecord,
} from './finetune/record/RunRecord.js'
export type { FineTuneRun } from './finetune/run/FineTuneRun.js'
export type { DownloadEvent, DownloadOptions, RemoteFile } from './io/download/RemoteFile.js'
export type {} from './io/errors.js'
export { findLabelIssues, type LabelIssue, type LabelIssueOptions } from './labels/findLabelIssues.js'
export type {} from './lowering/errors.js'
export type { AdaptedWeight, Adapters } from './model/Adapters.js'
export { loadAdapters, saveAdapters } from './model/adapterFiles.js'
export type {} from './model/errors.js'
export { freeze, freezeBatchNorm, unfreeze } from './model/freeze.js'
export type { KeepClassifierOptions } from './model/keepClassifier.js'
export { keepClassifier, sharedClasses } from './model/keepClassifier.js'
export { type LoraOptions, lora } from './model/lora.js'
export { Model, type ModelFacts } from './model/Model.js'
export { mergeAdapters } from './model/mergeAdapters.js'
export type { ExplicitGroups, HeadAndBackbone } from './model/paramGroups.js'
export { paramGroups } from './model/paramGroups.js'
export type { ParameterPattern } from './model/patterns.js'
export type { ReplaceHeadOptions } from './model/replaceHead.js'
export { replaceHead } from './model/replaceHead.js'
export type { SaveWeightsOptions } from './model/saveWeights.js'
export { saveWeights } from './model/saveWeights.js'
export type { Task } from './model/task.js'
export type { AttributeInput, OpOptions } from './onnx/builder.js'
export { GraphBuilder } from './onnx/builder.js'
export type {} from './onnx/errors.js'
export { readModel } from './onnx/format/read.js'
export { writeModel } from './onnx/format/write.js'
export type { Attribute, Dim, Node, Shape, ValueInfo } from './onnx/graph/graph.js'
export { Graph } from './onnx/graph/graph.js'
export type { DataOf, DataType, Tensor } from './onnx/graph/tensor.js'
export { float32, int64, scalarTensor } from './onnx/graph/tensor.js'
export { inferShapes } from './onnx/shapes/inferShapes.js'
export type { AdamDefaults, AdamGroup } from './optim/adam.js'
export { adam, adamW } from './optim/adam.js'
export type { GradientLimits } from './optim/clipGradients.js'
export {
  exponentialSchedule,
  multiStepSchedule,
  polynomialSchedule,
  stepSchedule,
} from './optim/decaySchedules.js'
export type {} from './optim/errors.js'
export type { LambDefaults, LambGroup } from './optim/lamb.js'
export { lamb } from './optim/lamb.js'
export type { LionDefaults, LionGroup } from './optim/lion.js'
export { lion } from './optim/lion.js'
export type { TrainedModel, WithRate } from './optim/modelGroups.js'
export type { Optimizer, ParamGroup } from './optim/Optimizer.js'
export { plateauSchedule } from './optim/plateauSchedule.js'
export type { RmsPropDefaults, RmsPropGroup } from './optim/rmsProp.js'
export { rmsProp } from './optim/rmsProp.js'
export type { MeasuredEpoch, Schedule } from './optim/schedules.js'
export {
  constantSchedule,
  cosineRestartsSchedule,
  cosineSchedule,
  linearWarmupSchedule,
  oneCycleSchedule,
} from './optim/schedules.js'
export type { SgdDefaults } from './optim/sgd.js'
export { sgd } from './optim/sgd.js'
export type {} from './ort-training/errors.js'
export type { PageImage } from './platform/pageImage.js'
export type { ExecutionProvider, ExecutionProviders, RuntimeName, TriedProvider } from './platform/runtimes.js'
export { printable } from './printable.js'
export { epochLine } from './progress/epochLine.js'
export type {} from './progress/errors.js'
export type {} from './project/errors.js'
export { type OpenedProject, openProject } from './project/openProject.js'
export type { Json, Project } from './project/Project.js'
export { projectSets } from './project/Project.js'
export { type SaveProgress, type SaveProjectOptions, saveProject } from './project/saveProject.js'
export type { Random } from './random.js'
export { seededRandom } from './random.js'
export type { AutomaticRun } from './recipe/AutomaticRun.js'
export type { AutomaticEvent, CandidateEvent, PlanEvent, StageEvent } from './recipe/events.js'
export { fineTune } from './recipe/fineTune.js'
export type { AutomaticOptions } from './recipe/options.js'
export type { AutomaticRecord, RecipeCandidate, RecipePlan, RecipeReport } from './recipe/RecipeReport.js'
export type { AutomaticResult } from './recipe/runRecipe.js'
export type {} from './report/errors.js'
export { metricsCsv, stepsCsv } from './report/metrics/metricsCsv.js'
export { type ReportInfo, type ReportOptions, reportHtml } from './report/reportHtml.js'
export { tensorBoardEvents } from './report/tensorboard/tensorBoardEvents.js'
export type {} from './runtime/errors.js'
export type { RuntimeReport } from './runtime/RuntimeReport.js'
export type { AveragedWeights } from './session/client/AveragedWeights.js'
export type { EvalStepOptions, StepOptions, TrainStepOptions } from './session/client/stepOptions.js'
export type { TrainingEngineOptions } from './session/client/TrainingEngine.js'
export { TrainingEngine } from './session/client/TrainingEngine.js'

import { TrainingEngine, type TrainingEngineOptions } from './session/client/TrainingEngine.js'

/** @deprecated `TrainingEngine`. This name is removed in version 1.0. */
export const TrainingSession = TrainingEngine
/** @deprecated `TrainingEngine`. This name is removed in version 1.0. */
export type TrainingSession = TrainingEngine
/** @deprecated `TrainingEngineOptions`. This name is removed in version 1.0. */
export type TrainingSessionOptions = TrainingEngineOptions

export type {} from './session/errors.js'
export type { OptimizerStepOptions } from './session/protocol/HostCalls.js'
export type { BufferPool } from './threads/BufferPool.js'
export { randomInvert, randomPosterize, randomSolarize } from './transforms/byteTransforms.js'
export { centerCrop } from './transforms/centerCrop.js'
export { colorJitter } from './transforms/colorJitter.js'
export { randomApply, randomChoice, randomOrder } from './transforms/combinations.js'
export type { Pipeline } from './transforms/compose.js'
export { compose } from './transforms/compose.js'
export type {} from './transforms/errors.js'
export type { Orientation } from './transforms/exifTranspose.js'
export { exifTranspose } from './transforms/exifTranspose.js'
export { fiveCrop, tenCrop } from './transforms/fiveCrop.js'
export { gaussianBlur } from './transforms/gaussianBlur.js'
export { grayscale } from './transforms/grayscale.js'
export { randomAutocontrast, randomEqualize } from './transforms/histogramTransforms.js'
export { jpeg } from './transforms/jpeg.js'
export { elasticTransform, randomAffine, randomPerspective } from './transforms/moves.js'
export { normalize } from './transforms/normalize.js'
export type { Fill, Interpolation, Range, Size } from './transforms/options.js'
export type { Padding, PaddingMode } from './transforms/pad.js'
export { pad } from './transforms/pad.js'
export type { TransformSummary } from './transforms/parts.js'
export { augMix, autoAugment, randAugment, trivialAugmentWide } from './transforms/policies.js'
export { randomAdjustSharpness } from './transforms/randomAdjustSharpness.js'
export { randomErasing } from './transforms/randomErasing.js'
export { randomGrayscale } from './transforms/randomGrayscale.js'
export { randomHorizontalFlip } from './transforms/randomHorizontalFlip.js'
export { randomResizedCrop } from './transforms/randomResizedCrop.js'
export { randomRotation } from './transforms/randomRotation.js'
export { randomVerticalFlip } from './transforms/randomVerticalFlip.js'
export { resize } from './transforms/resize.js'
export type { Box, RgbImage } from './transforms/rgbImage.js'
export { contiguousImage, cropImage, rgbImage } from './transforms/rgbImage.js'
export { toTensor } from './transforms/toTensor.js'
export type { AnyTransform, Transform } from './transforms/transform.js'
export { transformModule } from './transforms/transformModule.js'
export type {} from './weights/errors.js'
export type { WeightsFile, WeightsSource } from './weights/loadWeights.js'
export { loadWeights } from './weights/loadWeights.js'
export type { SafetensorsFile } from './weights/readSafetensors.js'
export { readSafetensors } from './weights/readSafetensors.js'
export { toFloat32 } from './weights/toFloat32.js'
export { readTorch } from './weights/torch/readTorch.js'
export type { WeightFile, WeightRecord } from './weights/WeightRecord.js'
export type { WeightsFormat } from './weights/weightsFormat.js'
export { writeSafetensors } from './weights/writeSafetensors.js'
