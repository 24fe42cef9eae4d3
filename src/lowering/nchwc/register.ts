import { BatchNormalizationGrad } from './backward/BatchNormalizationGrad.js'
import { ConvGrad } from './backward/ConvGrad.js'
import { Expand } from './backward/Expand.js'
import { GeluGrad } from './backward/GeluGrad.js'
import { MaxPoolGrad } from './backward/MaxPoolGrad.js'
import { ReduceSum } from './backward/ReduceSum.js'
import { ReluGrad } from './backward/ReluGrad.js'
import { BatchNormInternal } from './forward/BatchNormInternal.js'
import { Conv } from './forward/Conv.js'
import { GlobalAveragePool } from './forward/GlobalAveragePool.js'
import { MaxPool } from './forward/MaxPool.js'
import { pointwise } from './forward/pointwise.js'
import { Relu } from './forward/Relu.js'
import { Add, Sum } from './forward/Sum.js'
import { Transpose } from './forward/Transpose.js'
import type { BlockedRule } from './writer/rule.js'

/** The list of operators that have a blocked form, sorted. `plan/layout.ts` decides where it applies. */
export const blockedRules: readonly BlockedRule[] = [
  Add,
  BatchNormalizationGrad,
  BatchNormInternal,
  Conv,
  ConvGrad,
  Expand,
  GeluGrad,
  GlobalAveragePool,
  MaxPool,
  MaxPoolGrad,
  ReduceSum,
  Relu,
  ReluGrad,
  Sum,
  Transpose,
  ...pointwise,
]
