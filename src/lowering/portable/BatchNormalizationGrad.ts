import { MS } from '../../onnx/graph/graph.js'
import { allButChannels, type Lowering, range } from './support/lowering.js'
import { countFor, sumOver } from './support/reduce.js'

/**
 * The gradient of batch norm in train mode. With xhat = (X - mean) * inv and M values per channel:
 *
 *     dBias = sum dY          dScale = sum dY * xhat
 *     dX = scale * inv * (dY - dBias / M - xhat * dScale / M)
 *
 * (Ioffe and Szegedy 2015, section 3.)
 */
export const BatchNormalizationGrad: Lowering = {
  operator: `${MS}:BatchNormalizationGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x, scale, mean, inverse] = node.inputs
    const [dX, dScale, dBias] = node.outputs
    const rank = c.rank(x!, node)
    const axes = allButChannels(rank)
    const wide = (perChannel: string) =>
      rank > 2 ? g.op('Unsqueeze', [perChannel, g.ints(...range(rank - 2, 1))]) : perChannel

    const centered = g.op('Sub', [x, wide(mean!)])
    const sumDY = sumOver(c, dY!, axes, dBias)
    const sumProduct = sumOver(c, g.op('Mul', [centered, dY]), axes)
    const slope = g.op('Mul', [sumProduct, inverse], {}, dScale ? { outputs: [dScale] } : {})
    if (!dX) return

    const count = countFor(c, x!, scale!)
    const meanDY = g.op('Div', [sumDY, count])
    const perUnit = g.op('Div', [g.op('Mul', [slope, inverse]), count])
    const inner = g.op('Sub', [g.op('Sub', [dY, wide(meanDY)]), g.op('Mul', [centered, wide(perUnit)])])
    c.define(dX, 'Mul', [inner, wide(g.op('Mul', [scale, inverse]))])
  },
}
