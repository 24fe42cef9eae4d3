import type { Node } from '../../onnx/graph/graph.js'
import type { GradientRule } from '../support/rule.js'
import { addRule } from './Add.js'
import { averagePoolRule } from './AveragePool.js'
import { batchNormalizationRule } from './BatchNormalization.js'
import { batchNormInternalRule } from './BatchNormInternal.js'
import { castRule } from './Cast.js'
import { clipRule } from './Clip.js'
import { concatRule } from './Concat.js'
import { convRule } from './Conv.js'
import { divRule } from './Div.js'
import { dropoutRule } from './Dropout.js'
import { flattenRule } from './Flatten.js'
import { gemmRule } from './Gemm.js'
import { globalAveragePoolRule } from './GlobalAveragePool.js'
import { identityRule } from './Identity.js'
import { leakyReluRule } from './LeakyRelu.js'
import { matMulRule } from './MatMul.js'
import { maxPoolRule } from './MaxPool.js'
import { mulRule } from './Mul.js'
import { reluRule } from './Relu.js'
import { reshapeRule } from './Reshape.js'
import { sigmoidRule } from './Sigmoid.js'
import { softmaxRule } from './Softmax.js'
import { softmaxCrossEntropyLossRule } from './SoftmaxCrossEntropyLoss.js'
import { squeezeRule } from './Squeeze.js'
import { subRule } from './Sub.js'
import { tanhRule } from './Tanh.js'
import { transposeRule } from './Transpose.js'
import { unsqueezeRule } from './Unsqueeze.js'

/** Every rule, sorted by operator. To train another operator, write a file beside these and list it here. */
const rules: readonly GradientRule[] = [
  addRule,
  averagePoolRule,
  batchNormInternalRule,
  batchNormalizationRule,
  castRule,
  clipRule,
  concatRule,
  convRule,
  divRule,
  dropoutRule,
  flattenRule,
  gemmRule,
  globalAveragePoolRule,
  identityRule,
  leakyReluRule,
  matMulRule,
  maxPoolRule,
  mulRule,
  reluRule,
  reshapeRule,
  sigmoidRule,
  softmaxCrossEntropyLossRule,
  softmaxRule,
  squeezeRule,
  subRule,
  tanhRule,
  transposeRule,
  unsqueezeRule,
]

const byOperator = new Map(rules.map((rule) => [`${rule.domain ?? ''}:${rule.opType}`, rule]))

export const ruleOf = ({ domain, opType }: Node): GradientRule | undefined => byOperator.get(`${domain}:${opType}`)
