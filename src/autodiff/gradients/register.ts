import { type Node, operatorOf } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'
import { Abs } from './Abs.js'
import { Add } from './Add.js'
import { Atan } from './Atan.js'
import { AveragePool } from './AveragePool.js'
import { BatchNormalization } from './BatchNormalization.js'
import { BatchNormInternal } from './BatchNormInternal.js'
import { Cast } from './Cast.js'
import { Ceil } from './Ceil.js'
import { Celu } from './Celu.js'
import { Clip } from './Clip.js'
import { Col2Im } from './Col2Im.js'
import { Concat } from './Concat.js'
import { Conv } from './Conv.js'
import { ConvTranspose } from './ConvTranspose.js'
import { Cos } from './Cos.js'
import { CumSum } from './CumSum.js'
import { DepthToSpace } from './DepthToSpace.js'
import { Div } from './Div.js'
import { Dropout } from './Dropout.js'
import { Einsum } from './Einsum.js'
import { Elu } from './Elu.js'
import { Erf } from './Erf.js'
import { Exp } from './Exp.js'
import { Expand } from './Expand.js'
import { Flatten } from './Flatten.js'
import { Floor } from './Floor.js'
import { Gather } from './Gather.js'
import { GatherElements } from './GatherElements.js'
import { GatherND } from './GatherND.js'
import { Gelu } from './Gelu.js'
import { Gemm } from './Gemm.js'
import { GlobalAveragePool } from './GlobalAveragePool.js'
import { GlobalMaxPool } from './GlobalMaxPool.js'
import { GroupNormalization } from './GroupNormalization.js'
import { HardSigmoid } from './HardSigmoid.js'
import { HardSwish } from './HardSwish.js'
import { Identity } from './Identity.js'
import { InstanceNormalization } from './InstanceNormalization.js'
import { LayerNormalization } from './LayerNormalization.js'
import { LeakyRelu } from './LeakyRelu.js'
import { Log } from './Log.js'
import { LogSoftmax } from './LogSoftmax.js'
import { LRN } from './LRN.js'
import { MatMul } from './MatMul.js'
import { Max } from './Max.js'
import { MaxPool } from './MaxPool.js'
import { Mean } from './Mean.js'
import { Min } from './Min.js'
import { Mish } from './Mish.js'
import { Mod } from './Mod.js'
import { Mul } from './Mul.js'
import { Neg } from './Neg.js'
import { Pad } from './Pad.js'
import { Pow } from './Pow.js'
import { PRelu } from './PRelu.js'
import { Reciprocal } from './Reciprocal.js'
import { ReduceL1 } from './ReduceL1.js'
import { ReduceL2 } from './ReduceL2.js'
import { ReduceLogSumExp } from './ReduceLogSumExp.js'
import { ReduceMax } from './ReduceMax.js'
import { ReduceMean } from './ReduceMean.js'
import { ReduceMin } from './ReduceMin.js'
import { ReduceSum } from './ReduceSum.js'
import { ReduceSumSquare } from './ReduceSumSquare.js'
import { Relu } from './Relu.js'
import { Reshape } from './Reshape.js'
import { Resize } from './Resize.js'
import { Round } from './Round.js'
import { ScatterElements } from './ScatterElements.js'
import { ScatterND } from './ScatterND.js'
import { Selu } from './Selu.js'
import { Sigmoid } from './Sigmoid.js'
import { Sign } from './Sign.js'
import { Sin } from './Sin.js'
import { Slice } from './Slice.js'
import { Softmax } from './Softmax.js'
import { SoftmaxCrossEntropyLoss } from './SoftmaxCrossEntropyLoss.js'
import { Softplus } from './Softplus.js'
import { Softsign } from './Softsign.js'
import { SpaceToDepth } from './SpaceToDepth.js'
import { Split } from './Split.js'
import { Sqrt } from './Sqrt.js'
import { Squeeze } from './Squeeze.js'
import { Sub } from './Sub.js'
import { Sum } from './Sum.js'
import { Tan } from './Tan.js'
import { Tanh } from './Tanh.js'
import { ThresholdedRelu } from './ThresholdedRelu.js'
import { Tile } from './Tile.js'
import { TopK } from './TopK.js'
import { Transpose } from './Transpose.js'
import { Trilu } from './Trilu.js'
import { Unsqueeze } from './Unsqueeze.js'
import { Where } from './Where.js'

/** The list of all rules, sorted by operator. To train another operator, write a file beside these and list it here. */
const rules: readonly GradientRule[] = [
  Abs,
  Add,
  Atan,
  AveragePool,
  BatchNormInternal,
  BatchNormalization,
  Cast,
  Ceil,
  Celu,
  Clip,
  Col2Im,
  Concat,
  Conv,
  ConvTranspose,
  Cos,
  CumSum,
  DepthToSpace,
  Div,
  Dropout,
  Einsum,
  Elu,
  Erf,
  Exp,
  Expand,
  Flatten,
  Floor,
  Gather,
  GatherElements,
  GatherND,
  Gelu,
  Gemm,
  GlobalAveragePool,
  GlobalMaxPool,
  GroupNormalization,
  HardSigmoid,
  HardSwish,
  Identity,
  InstanceNormalization,
  LRN,
  LayerNormalization,
  LeakyRelu,
  Log,
  LogSoftmax,
  MatMul,
  Max,
  MaxPool,
  Mean,
  Min,
  Mish,
  Mod,
  Mul,
  Neg,
  PRelu,
  Pad,
  Pow,
  Reciprocal,
  ReduceL1,
  ReduceL2,
  ReduceLogSumExp,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceSum,
  ReduceSumSquare,
  Relu,
  Reshape,
  Resize,
  Round,
  ScatterElements,
  ScatterND,
  Selu,
  Sigmoid,
  Sign,
  Sin,
  Slice,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Softplus,
  Softsign,
  SpaceToDepth,
  Split,
  Sqrt,
  Squeeze,
  Sub,
  Sum,
  Tan,
  Tanh,
  ThresholdedRelu,
  Tile,
  TopK,
  Transpose,
  Trilu,
  Unsqueeze,
  Where,
]

const byOperator = new Map(
  rules.flatMap((rule) => [rule.operator, ...(rule.aliases ?? [])].map((operator) => [operator, rule] as const)),
)

export const ruleOf = (node: Node): GradientRule | undefined => byOperator.get(operatorOf(node))
