import type { Decomposition } from './support/decomposition.js'
import { writeSwish } from './support/swish.js'

/** Swish, x sigmoid(alpha x), since operator set 24. */
export const Swish: Decomposition = {
  operator: 'Swish',
  write: (c) => writeSwish(c, 1),
}
