import { batchNormalizationGrad } from './backward/batchNorm.js'
import { convGrad } from './backward/convolution.js'
import { expand } from './backward/expand.js'
import { maxPoolGrad } from './backward/maxPool.js'
import { reluGrad } from './backward/relu.js'
import { batchNormInternal } from './forward/batchNorm.js'
import { conv } from './forward/convolution.js'
import { globalAveragePool } from './forward/globalPool.js'
import { maxPool } from './forward/maxPool.js'
import { relu } from './forward/relu.js'
import { add, sum } from './forward/sum.js'
import type { BlockedRule } from './writer/rule.js'

/** Every operator that has a blocked form, sorted. `plan/layout.ts` says where it applies. */
export const blockedRules: readonly BlockedRule[] = [
  add,
  batchNormalizationGrad,
  batchNormInternal,
  conv,
  convGrad,
  expand,
  globalAveragePool,
  maxPool,
  maxPoolGrad,
  relu,
  reluGrad,
  sum,
]
