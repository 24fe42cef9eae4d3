import { type Node, operatorOf } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'
import { Add } from './Add.js'
import { AveragePool } from './AveragePool.js'
import { BatchNormalization } from './BatchNormalization.js'
import { BatchNormInternal } from './BatchNormInternal.js'
import { Cast } from './Cast.js'
import { Clip } from './Clip.js'
import { Concat } from './Concat.js'
import { Conv } from './Conv.js'
import { Div } from './Div.js'
import { Dropout } from './Dropout.js'
import { Flatten } from './Flatten.js'
import { Gemm } from './Gemm.js'
import { GlobalAveragePool } from './GlobalAveragePool.js'
import { Identity } from './Identity.js'
import { LeakyRelu } from './LeakyRelu.js'
import { LogSoftmax } from './LogSoftmax.js'
import { MatMul } from './MatMul.js'
import { MaxPool } from './MaxPool.js'
import { Mul } from './Mul.js'
import { ReduceSum } from './ReduceSum.js'
import { Relu } from './Relu.js'
import { Reshape } from './Reshape.js'
import { Sigmoid } from './Sigmoid.js'
import { Softmax } from './Softmax.js'
import { SoftmaxCrossEntropyLoss } from './SoftmaxCrossEntropyLoss.js'
import { Squeeze } from './Squeeze.js'
import { Sub } from './Sub.js'
import { Tanh } from './Tanh.js'
import { Transpose } from './Transpose.js'
import { Unsqueeze } from './Unsqueeze.js'

/** The list of all rules, sorted by operator. To train another operator, write a file beside these and list it here. */
const rules: readonly GradientRule[] = [
  Add,
  AveragePool,
  BatchNormalization,
  BatchNormInternal,
  Cast,
  Clip,
  Concat,
  Conv,
  Div,
  Dropout,
  Flatten,
  Gemm,
  GlobalAveragePool,
  Identity,
  LeakyRelu,
  LogSoftmax,
  MatMul,
  MaxPool,
  Mul,
  ReduceSum,
  Relu,
  Reshape,
  Sigmoid,
  Softmax,
  SoftmaxCrossEntropyLoss,
  Squeeze,
  Sub,
  Tanh,
  Transpose,
  Unsqueeze,
]

const byOperator = new Map(rules.map((rule) => [rule.operator, rule]))

export const ruleOf = (node: Node): GradientRule | undefined => byOperator.get(operatorOf(node))
