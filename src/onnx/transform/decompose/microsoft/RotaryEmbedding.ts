import { floatAttribute, intAttribute, MS } from '../../../graph/graph.js'
import { type Decomposition, sizeAt } from '../support/decomposition.js'
import { writeRotation } from '../support/rotation.js'

/** Rotary positions of ONNX Runtime, older than the standard's: positions [N, tokens], or the first of them [1]. */
export const RotaryEmbedding: Decomposition = {
  operator: `${MS}:RotaryEmbedding`,
  write(c) {
    const { g, node } = c
    const [x, given, cos, sin] = node.inputs as [string, string, string, string]
    if (intAttribute(node, 'is_packed_batching', 0) === 1) c.refuse('packed batches')
    if (floatAttribute(node, 'scale', 1) !== 1) c.refuse('a scale')
    const isFirst = c.shape(given).length === 1
    const count = () => Array.from({ length: sizeAt(c, x, -2) }, (_, i) => i)
    const places = isFirst ? g.op('Unsqueeze', [g.op('Add', [given, g.ints(...count())]), g.ints(0)]) : given
    const angles = (table: string) => g.op('Gather', [table, places])
    writeRotation(c, x, { cos: angles(cos), sin: angles(sin), half: sizeAt(c, cos, -1) })
  },
}
