import { batchNorm, batchNormGrad, convGrad } from './convolution.js'
import { like } from './elementwise.js'
import { crossEntropy } from './reduction.js'
import type { ShapeRule } from './rule.js'

/** Infers SoftmaxCrossEntropyLossGrad(dY, log_prob, label, ...) and its Internal twin. */
const lossGrad: ShapeRule = ({ type, shape }) => [{ type: type(1), shape: shape(1) }]

/** Infers accumulators from (buffer, gradient, reset): a flag, and the sum if it is requested. */
const accumulator: ShapeRule = ({ type, shape }) => [
  { type: 'bool', shape: [1] },
  { type: type(0), shape: shape(0) },
]

/** Infers GatherGrad(shape, indices, dY). */
const gatherGrad: ShapeRule = ({ type, elements }) => [{ type: type(2), shape: elements(0) }]

/** Infers GatherElementsGrad(dY, shape, indices). */
const gatherElementsGrad: ShapeRule = ({ type, elements }) => [{ type: type(0), shape: elements(1) }]

/** Infers the gradients of x, scale, bias from (dY, x, scale, mean, inverse standard deviation). */
const layerNormGrad: ShapeRule = ({ type, shape }) => [
  { type: type(1), shape: shape(1) },
  { type: type(2), shape: shape(2) },
  { type: type(2), shape: shape(2) },
]

/**
 * Infers AveragePoolGrad in the default domain. Samples and channels are those of dY; its sizes do not determine those
 * of dX, but the value_info of a training graph does.
 */
export const averagePoolGrad: ShapeRule = ({ type, shape }) => {
  const dy = shape(0)
  return [{ type: type(0), shape: dy && [...dy.slice(0, 2), ...dy.slice(2).map(() => null)] }]
}

/** Infers MaxPoolGrad in the default domain, from (dY, indices): the gradient of the input of the pool. */
export const maxPoolGrad: ShapeRule = ({ type, behind }) => [{ type: type(0), shape: behind(1, 0).shape }]

const scalarFloat: ShapeRule = ({ type }) => [{ type: type(0) ?? 'float32', shape: [] }]

/**
 * The rules of operators of the domain com.microsoft in training graphs. ConcatTraining and SplitTraining: see the
 * register.
 */
export const trainingRules: Readonly<Record<string, ShapeRule>> = {
  BatchNormInternal: batchNorm,
  BatchNormalizationGrad: batchNormGrad,
  BiasGelu: like(0),
  BiasGeluGrad_dX: like(1),
  ConvGrad: convGrad,
  DropoutGrad: like(0),
  FastGelu: like(0),
  FastGeluGrad: like(1),
  GatherElementsGrad: gatherElementsGrad,
  GatherGrad: gatherGrad,
  Gelu: like(0),
  GeluGrad: like(1),
  InPlaceAccumulatorV2: accumulator,
  InplaceClipGradNorm: like(0),
  LayerNormalizationGrad: layerNormGrad,
  LogSoftmaxGrad_13: like(0),
  ReduceAllL2: scalarFloat,
  ReluGrad: like(0),
  Scale: like(0),
  SigmoidGrad: like(0),
  SoftmaxCrossEntropyLossGrad: lossGrad,
  SoftmaxCrossEntropyLossInternal: crossEntropy,
  SoftmaxCrossEntropyLossInternalGrad: lossGrad,
  SoftmaxGrad_13: like(0),
  TanhGrad: like(0),
}
