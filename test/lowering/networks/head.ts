import { CLASSES, type NetworkWriter } from './build.js'
import type { Description } from './description.js'

/** Maps to logits. A head of parameters for every pixel needs to know how many there are. */
export function addHead(n: NetworkWriter, kind: Description['head']): void {
  const { g } = n
  const from = n.back(0)
  // Large logits would leave nothing of the gradient.
  const size = n.network.bytes && n.norms.length === 0 ? 0.01 : 1
  const outputs = ['logits']
  if (kind === 'convolved') {
    const w = n.parameter('head', n.normal([CLASSES, from.channels, 1, 1], size / Math.sqrt(from.channels)))
    const logits = g.op('Conv', [
      g.op('GlobalAveragePool', [from.name]),
      w,
      n.parameter('head_bias', n.normal([CLASSES])),
    ])
    g.op('Flatten', [logits], {}, { outputs })
  } else {
    const isFlat = kind === 'flat' && !n.network.symbolic.size
    const width = isFlat ? from.channels * from.height * from.width : from.channels
    const flat = g.op('Flatten', [isFlat ? from.name : g.op('GlobalAveragePool', [from.name])])
    const [bias, scale] = [n.normal([CLASSES]), size / Math.sqrt(width)]
    if (kind === 'matmul') {
      const product = g.op('MatMul', [flat, n.parameter('head', n.normal([width, CLASSES], scale))])
      g.op('Add', [product, n.parameter('head_bias', bias)], {}, { outputs })
    } else {
      const w = n.parameter('head', n.normal([CLASSES, width], scale))
      g.op('Gemm', [flat, w, n.parameter('head_bias', bias)], { transB: 1 }, { outputs })
    }
  }
  g.output('logits', 'float32', [n.network.symbolic.batch ? 'N' : n.network.batch, CLASSES])
}
