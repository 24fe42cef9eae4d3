import { floatAttribute, MS } from '../../onnx/graph/graph.js'
import { isFar, unlessFar } from './farMean.js'
import type { Blocked } from './layout/Blocked.js'
import type { Dims, Name } from './layout/values.js'
import type { BlockedRule } from './rule.js'

/**
 * Statistics of the batch in one pass over memory for each, or two where one would lose digits; the result stays lazy,
 * a * x + b for each channel.
 */
export const batchNormInternal: BlockedRule = {
  operator: `${MS}:BatchNormInternal`,
  write(node, c) {
    const [x, gamma, beta, oldMean, oldVariance] = node.inputs as [string, string, string, string, string]
    const [y, newMean, newVariance, savedMean, savedInverse] = node.outputs as [
      string,
      string?,
      string?,
      string?,
      string?,
    ]
    if (!c.isBlocked(x)) return false
    const { g } = c
    const epsilon = floatAttribute(node, 'epsilon', 1e-5)
    const momentum = floatAttribute(node, 'momentum', 0.9)
    const [n, , h, w] = c.dims4(x)
    const count = n * h * w
    const parts = c.parts(x)
    const part = partDims(c, x)
    const mean = c.mul(c.total(parts.map((name) => c.mean(name, part))), c.number(1 / parts.length))
    const { variance, far } = varianceOf(c, { parts, part, mean, count, epsilon })
    const inverse = g.op(
      'Reciprocal',
      [g.op('Sqrt', [g.op('Add', [variance, c.number(epsilon)])])],
      {},
      savedInverse ? { outputs: [savedInverse] } : {},
    )
    const factor = c.mul(gamma, inverse)
    const offset = c.sub(beta, c.mul(mean, factor))
    if (savedMean) c.statistics.set(savedMean, { mean, inverse, factor, count, far })
    setAffine(c, y, { x: parts, a: factor, b: offset })

    const shift = c.shifts.get(x)
    const trueMean = shift ? g.op('Add', [mean, shift]) : mean
    const moved = (old: Name, batch: Name, output: string) =>
      g.op('Add', [c.mul(old, c.number(momentum)), c.mul(batch, c.number(1 - momentum))], {}, { outputs: [output] })
    if (newMean) moved(oldMean, trueMean, newMean)
    if (newVariance) moved(oldVariance, c.mul(variance, c.number(count / Math.max(count - 1, 1))), newVariance)
    // Of the values as they are there, for a gradient that reads both in the standard way.
    if (savedMean) g.op('Identity', [mean], {}, { outputs: [savedMean] })
    return true
  },
}

interface Batch {
  readonly parts: readonly Name[]
  /** Dims of each part. */
  readonly part: Dims
  readonly mean: Name
  /** Values a channel. */
  readonly count: number
  readonly epsilon: number
}

/** E[x^2] - E[x]^2, or E[(x - mean)^2] where the mean is far from zero. */
function varianceOf(c: Blocked, { parts, part, mean, count, epsilon }: Batch): { variance: Name; far: Name } {
  const meanSquare = (names: readonly Name[]) =>
    c.mul(c.total(names.map((name) => c.dot(name, name, part))), c.number(1 / count))
  const squaredMean = c.mul(mean, mean)
  // Rounding may push the variance of a constant channel below zero.
  const inOnePass = c.g.op('Max', [c.sub(meanSquare(parts), squaredMean), c.number(0)])
  const far = isFar(c, squaredMean, inOnePass, epsilon)
  return { variance: unlessFar(c, inOnePass, far, { parts, channels: part[1], mean }, meanSquare), far }
}

/**
 * dX = factor * (dY - dBeta / M - xhat * dGamma / M) with factor = gamma / sigma; the part in parentheses is k * x + c + dY,
 * and the factor stays outside, for the weights of the convolution gradients that follow.
 */
export const batchNormalizationGrad: BlockedRule = {
  operator: `${MS}:BatchNormalizationGrad`,
  write(node, c) {
    const [dy, x, , savedMean] = node.inputs as [string, string, string, string]
    const [dx, dGamma, dBeta] = node.outputs as [string, string?, string?]
    const statistics = c.statistics.get(savedMean)
    if (!statistics) return false
    const { g } = c
    const { mean, inverse, factor, count, far } = statistics
    const channels = c.dims4(x)[1]
    const byPhases = c.parts(x).length > 1 && c.parts(dy).length > 1
    const [xs, dys] = byPhases ? [c.parts(x), c.parts(dy)] : [[c.blocked(x)], [c.blocked(dy)]]
    const part = partDims(c, x)
    const area = c.number(part[0] * part[2] * part[3])
    const named = (output?: string) => (output ? { outputs: [output] } : {})
    const sums = dys.map((d) => c.mul(c.mean(d, part), area))
    const sum = dBeta ? g.op('Sum', sums, {}, named(dBeta)) : c.total(sums)
    const sumOfProducts = (factors: readonly Name[]) => c.total(factors.map((name, i) => c.dot(name, dys[i]!, part)))
    const inOnePass = c.sub(sumOfProducts(xs), c.mul(mean, sum))
    const products = unlessFar(c, inOnePass, far, { parts: xs, channels, mean }, sumOfProducts)
    const slope = g.op('Mul', [inverse, products], {}, named(dGamma))
    if (!dx) return true
    const k = c.mul(c.mul(inverse, slope), c.number(-1 / count))
    const offset = c.sub(c.mul(sum, c.number(-1 / count)), c.mul(mean, k))
    const u = xs.map((name, i) => c.affine(name, channels, k, offset, dys[i]))
    c.values.set(dx, {
      scaled: { u, a: factor },
      make: () => u.map((name) => c.affine(name, channels, factor, zeroBias(c, channels))),
    })
    return true
  },
}

/** Lazy: ReLU, or a sum and then ReLU, become part of the pass that computes it. */
export function setAffine(c: Blocked, y: string, affine: { x: readonly Name[]; a: Name; b: Name; add?: Name }): void {
  const channels = c.dims4(y)[1]
  const { x, a, b, add } = affine
  c.values.set(y, { affine, make: () => x.map((name) => c.affine(name, channels, a, b, add)) })
}

/** Dims of each part of a value. */
export function partDims(c: Blocked, value: string): readonly [number, number, number, number] {
  const [n, channels, h, w] = c.dims4(value)
  return c.parts(value).length === 1 ? [n, channels, h, w] : [n, channels, h / 2, w / 2]
}

const zeroBias = (c: Blocked, channels: number): Name =>
  c.g.constant({ type: 'float32', dims: [channels], data: new Float32Array(channels) })
