import { MS } from '../../../onnx/graph/graph.js'
import type { Dims, Name } from '../layout/dims.js'
import { affine } from '../ops/elementwise.js'
import { unlessFar } from '../ops/farMean.js'
import { dot, mean as meanOf } from '../ops/reductions.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The blocked gradient of batch norm: dX = factor * (dY - dBeta / M - xhat * dGamma / M) with factor = gamma / sigma.
 * The part in parentheses is k * x + c + dY, and the factor stays outside, for the weights of the convolution gradients
 * that follow.
 */
export const BatchNormalizationGrad: BlockedRule = {
  operator: `${MS}:BatchNormalizationGrad`,
  write(node, c) {
    const [dy, x, , savedMean] = node.inputs as [string, string, string, string]
    const [dx, dGamma, dBeta] = node.outputs as [string, string?, string?]
    const { g, ops } = c
    const { mean, inverse, factor, count, far } = c.kept.statistics.get(c.official.producer(savedMean)!)!
    const xs = c.values.partsLike(x, dy)
    const dys = c.values.partsLike(dy, x)
    const [n, channels, h, w] = c.official.dims4(x)
    const dims: Dims = xs.length === 1 ? [n, channels, h, w] : [n, channels, h / 2, w / 2]
    const named = (output?: string) => (output ? { outputs: [output] } : {})

    const area = ops.number(dims[0] * dims[2] * dims[3])
    const sums = dys.map((d) => ops.mul(meanOf(ops, d, dims), area))
    const sum = dBeta ? g.op('Sum', sums, {}, named(dBeta)) : ops.total(sums)
    const sumOfProducts = (factors: readonly Name[]) =>
      ops.total(factors.map((name, i) => dot(ops, name, dys[i]!, dims)))
    const inOnePass = ops.sub(sumOfProducts(xs), ops.mul(mean, sum))
    const products = unlessFar(ops, inOnePass, far, { parts: xs, channels, mean }, sumOfProducts)
    const slope = g.op('Mul', [inverse, products], {}, named(dGamma))
    if (!dx) return

    const k = ops.mul(ops.mul(inverse, slope), ops.number(-1 / count))
    const offset = ops.sub(ops.mul(sum, ops.number(-1 / count)), ops.mul(mean, k))
    const u = xs.map((name, i) => affine(ops, { x: name, a: k, b: offset, add: dys[i] }, channels))
    c.values.set(dx, { kind: 'scaled', u, a: factor })
  },
}
