import { MS } from '../../../graph/graph.js'
import { type Decomposition, inputOf } from '../support/decomposition.js'
import { writeRmsNorm } from '../support/rmsNorm.js'
import { writeSum } from '../support/skipSum.js'

/** RMS normalization of the sum of a layer's result, its shortcut and a bias. */
export const SkipSimplifiedLayerNormalization: Decomposition = {
  operator: `${MS}:SkipSimplifiedLayerNormalization`,
  write: (c) => writeRmsNorm(c, writeSum(c, inputOf(c, 3)), inputOf(c, 2)!, 1e-12),
}
