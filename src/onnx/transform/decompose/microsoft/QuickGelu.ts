import { MS } from '../../../graph/graph.js'
import type { Decomposition } from '../support/decomposition.js'
import { writeSwish } from '../support/swish.js'

/** The approximation x sigmoid(1.702 x) of GELU. */
export const QuickGelu: Decomposition = {
  operator: `${MS}:QuickGelu`,
  write: (c) => writeSwish(c, 1.702),
}
