import { type Node, operatorOf } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'
import { Abs } from './Abs.js'
import { Add } from './Add.js'
import { AveragePool } from './AveragePool.js'
import { BatchNormalization } from './BatchNormalization.js'
import { BatchNormInternal } from './BatchNormInternal.js'
import { Cast } from './Cast.js'
import { Clip } from './Clip.js'
import { Concat } from './Concat.js'
import { Conv } from './Conv.js'
import { DepthToSpace } from './DepthToSpace.js'
import { Div } from './Div.js'
import { Dropout } from './Dropout.js'
import { Einsum } from './Einsum.js'
import { Elu } from './Elu.js'
import { Erf } from './Erf.js'
import { Exp } from './Exp.js'
import { Expand } from './Expand.js'
import { Flatten } from './Flatten.js'
import { Gather } from './Gather.js'
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
import { Min } from './Min.js'
import { Mish } from './Mish.js'
import { Mul } from './Mul.js'
import { Neg } from './Neg.js'
import { Pad } from './Pad.js'
import { Pow } from './Pow.js'
import { PRelu } from './PRelu.js'
import { Reciprocal } from './Reciprocal.js'
import { ReduceMax } from './ReduceMax.js'
import { ReduceMean } from './ReduceMean.js'
import { ReduceMin } from './ReduceMin.js'
import { ReduceSum } from './ReduceSum.js'
import { Relu } from './Relu.js'
import { Reshape } from './Reshape.js'
import { Resize } from './Resize.js'
import { Selu } from './Selu.js'
import { Sigmoid } from './Sigmoid.js'
import { Slice } from './Slice.js'
import { Softmax } from './Softmax.js'
import { SoftmaxCrossEntropyLoss } from './SoftmaxCrossEntropyLoss.js'
import { Softplus } from './Softplus.js'
import { SpaceToDepth } from './SpaceToDepth.js'
import { Split } from './Split.js'
import { Sqrt } from './Sqrt.js'
import { Squeeze } from './Squeeze.js'
import { Sub } from './Sub.js'
import { Sum } from './Sum.js'
import { Tanh } from './Tanh.js'
import { Tile } from './Tile.js'
import { Transpose } from './Transpose.js'
import { Unsqueeze } from './Unsqueeze.js'
import { Where } from './Where.js'

/** The list of all rules, sorted by operator. To train another operator, write a file beside these and list it here. */
const rules: readonly GradientRule[] = [
  Abs,
  Add,
  AveragePool,
  BatchNormInternal,
  BatchNormalization,
  Cast,
  Clip,
  Concat,
  Conv,
  DepthToSpace,
  Div,
  Dropout,
  Einsum,
  Elu,
  Erf,
  Exp,
  Expand,
  Flatten,
  Gather,
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
  Min,
  Mish,
  Mul,
  Neg,
  PRelu,
  Pad,
  Pow,
  Reciprocal,
  ReduceMax,
  ReduceMin,
  ReduceSum,
  ReduceMean,
  Relu,
  Reshape,
  Resize,
  Selu,
  Sigmoid,
  Slice,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Softplus,
  SpaceToDepth,
  Sqrt,
  Split,
  Squeeze,
  Sub,
  Sum,
  Tanh,
  Tile,
  Transpose,
  Unsqueeze,
  Where,
]

const byOperator = new Map(
  rules.flatMap((rule) => [rule.operator, ...(rule.aliases ?? [])].map((operator) => [operator, rule] as const)),
)

export const ruleOf = (node: Node): GradientRule | undefined => byOperator.get(operatorOf(node))
