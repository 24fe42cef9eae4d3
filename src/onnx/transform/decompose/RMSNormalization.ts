import type { Decomposition } from './support/decomposition.js'
import { writeRmsNorm } from './support/rmsNorm.js'

/** The normalization by the root of the mean square (Zhang and Sennrich 2019), since operator set 23. */
export const RMSNormalization: Decomposition = {
  operator: 'RMSNormalization',
  write: (c) => writeRmsNorm(c, c.node.inputs[0]!, c.node.inputs[1]!, 1e-5),
}
