import { AveragePoolGrad } from './AveragePoolGrad.js'
import { BatchNormalizationGrad } from './BatchNormalizationGrad.js'
import { BatchNormInternal } from './BatchNormInternal.js'
import { ConcatTraining } from './ConcatTraining.js'
import { Conv } from './Conv.js'
import { ConvGrad } from './ConvGrad.js'
import { DropoutGrad } from './DropoutGrad.js'
import { FastGeluGrad } from './FastGeluGrad.js'
import { GatherElementsGrad } from './GatherElementsGrad.js'
import { GatherGrad } from './GatherGrad.js'
import { GeluGrad } from './GeluGrad.js'
import { LayerNormalizationGrad } from './LayerNormalizationGrad.js'
import { LogSoftmaxGrad_13 } from './LogSoftmaxGrad_13.js'
import { MaxPoolGrad } from './MaxPoolGrad.js'
import { ReduceAllL2 } from './ReduceAllL2.js'
import { ReduceSum } from './ReduceSum.js'
import { ReluGrad } from './ReluGrad.js'
import { Scale } from './Scale.js'
import { SigmoidGrad } from './SigmoidGrad.js'
import { SoftmaxCrossEntropyLoss, SoftmaxCrossEntropyLossInternal } from './SoftmaxCrossEntropyLoss.js'
import { SoftmaxCrossEntropyLossGrad, SoftmaxCrossEntropyLossInternalGrad } from './SoftmaxCrossEntropyLossGrad.js'
import { SoftmaxGrad_13 } from './SoftmaxGrad_13.js'
import { SplitTraining } from './SplitTraining.js'
import type { Lowering } from './support/lowering.js'
import { TanhGrad } from './TanhGrad.js'

/** Every lowering, sorted by operator. InPlaceAccumulatorV2 changes the graph's inputs and outputs: see passes/accumulate. */
export const lowerings: readonly Lowering[] = [
  AveragePoolGrad,
  BatchNormalizationGrad,
  BatchNormInternal,
  ConcatTraining,
  Conv,
  ConvGrad,
  DropoutGrad,
  FastGeluGrad,
  GatherElementsGrad,
  GatherGrad,
  GeluGrad,
  LayerNormalizationGrad,
  LogSoftmaxGrad_13,
  MaxPoolGrad,
  ReduceAllL2,
  ReduceSum,
  ReluGrad,
  Scale,
  SigmoidGrad,
  SoftmaxCrossEntropyLoss,
  SoftmaxCrossEntropyLossGrad,
  SoftmaxCrossEntropyLossInternal,
  SoftmaxCrossEntropyLossInternalGrad,
  SoftmaxGrad_13,
  SplitTraining,
  TanhGrad,
]
