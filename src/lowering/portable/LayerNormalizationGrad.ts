import { intAttribute, MS } from '../../onnx/graph/graph.js'
import { type Lowering, range } from './support/lowering.js'
import { meanOver, sumOver } from './support/reduce.js'

/**
 * The gradient of layer normalization. Inputs dY, X, scale, mean, 1 / deviation; outputs dX, dScale, dBias. With xhat =
 * (X - mean) * inv and u = dY * scale * inv:
 *
 *     dX = u - mean(u) - xhat * mean(u * xhat)          (Ba, Kiros and Hinton 2016)
 *
 * If `passes/recomputed` wants it, the bias is one more input, and xhat * scale + bias one more output.
 */
export const LayerNormalizationGrad: Lowering = {
  operator: `${MS}:LayerNormalizationGrad`,
  lower(node, c) {
    const { g } = c
    const [dY, x, scale, mean, inverse, bias] = node.inputs
    const [dX, dScale, dBias, y] = node.outputs
    const rank = c.rank(x!, node)
    const axis = (intAttribute(node, 'axis', -1) + rank) % rank
    const [batch, normalized] = [range(axis), range(rank - axis, axis)]

    const xhat = g.op('Mul', [g.op('Sub', [x, mean]), inverse])
    if (y && bias) c.define(y, 'Add', [g.op('Mul', [xhat, scale]), bias])
    else if (y) c.define(y, 'Mul', [xhat, scale])
    if (dScale) sumOver(c, g.op('Mul', [dY!, xhat]), batch, dScale, dY)
    if (dBias) sumOver(c, dY!, batch, dBias)
    if (!dX) return
    const u = g.op('Mul', [g.op('Mul', [dY, scale]), inverse])
    const along = g.op('Mul', [xhat, meanOver(c, g.op('Mul', [u, xhat]), normalized)])
    c.define(dX, 'Sub', [g.op('Sub', [u, meanOver(c, u, normalized)]), along])
  },
}
