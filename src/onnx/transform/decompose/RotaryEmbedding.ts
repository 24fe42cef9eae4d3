import { type Decomposition, inputOf, sizeAt } from './support/decomposition.js'
import { writeRotation } from './support/rotation.js'

/** Rotary positions of the standard, since operator set 23. */
export const RotaryEmbedding: Decomposition = {
  operator: 'RotaryEmbedding',
  write(c) {
    const [x, cos, sin] = c.node.inputs as [string, string, string]
    const places = inputOf(c, 3)
    const angles = (table: string) => (places ? c.g.op('Gather', [table, places]) : table)
    writeRotation(c, x, { cos: angles(cos), sin: angles(sin), half: sizeAt(c, cos, -1) })
  },
}
