import { floatAttribute, MS, type Node } from '../../../onnx/graph/graph.js'
import type { Dims, Name } from '../layout/dims.js'
import type { BlockedOps } from '../ops/BlockedOps.js'
import { isFar, unlessFar } from '../ops/farMean.js'
import { dot, mean } from '../ops/reductions.js'
import type { BlockedWriter, Statistics } from '../writer/BlockedWriter.js'
import type { BlockedRule } from '../writer/rule.js'

/**
 * The blocked form of batch norm in train mode. The statistics of the batch take one pass over memory each, or two if
 * one would lose digits; the result stays lazy, a * x + b for each channel.
 */
export const BatchNormInternal: BlockedRule = {
  operator: `${MS}:BatchNormInternal`,
  write(node, c) {
    const [x, gamma, beta] = node.inputs as [string, string, string]
    const { ops } = c
    const batch = batchOf(node, c)
    const { variance, far } = varianceOf(ops, batch)
    const savedInverse = node.outputs[4]
    const deviation = c.g.op('Sqrt', [ops.add(variance, ops.number(batch.epsilon))])
    const inverse = c.g.op('Reciprocal', [deviation], {}, savedInverse ? { outputs: [savedInverse] } : {})
    const factor = ops.mul(gamma, inverse)
    const offset = ops.sub(beta, ops.mul(batch.mean, factor))
    const statistics: Statistics = { mean: batch.mean, inverse, factor, count: batch.count, far }
    c.kept.statistics.set(node, statistics)
    const parts = c.values.parts(x).map((part) => ({ x: part, a: factor, b: offset }))
    c.values.set(node.outputs[0]!, { kind: 'affine', parts })
    moveRunningStatistics(node, statistics, variance, c)
  },
}

interface Batch {
  readonly parts: readonly Name[]
  /** The dimensions of each part. */
  readonly dims: Dims
  readonly mean: Name
  /** The number of values per channel. */
  readonly count: number
  readonly epsilon: number
}

function batchOf(node: Node, c: BlockedWriter): Batch {
  const { ops } = c
  const x = node.inputs[0]!
  const [n, , h, w] = c.official.dims4(x)
  const parts = c.values.parts(x)
  const dims = c.values.partDims(x)
  const means = parts.map((part) => mean(ops, part, dims))
  const average = ops.mul(ops.total(means), ops.number(1 / parts.length))
  return { parts, dims, mean: average, count: n * h * w, epsilon: floatAttribute(node, 'epsilon', 1e-5) }
}

/** Computes E[x^2] - E[x]^2, or E[(x - mean)^2] if the mean is far from zero. */
function varianceOf(ops: BlockedOps, batch: Batch): { variance: Name; far: Name } {
  const { parts, dims, count, epsilon } = batch
  const meanSquare = (names: readonly Name[]) =>
    ops.mul(ops.total(names.map((name) => dot(ops, name, name, dims))), ops.number(1 / count))
  const squaredMean = ops.mul(batch.mean, batch.mean)
  // Rounding may make the variance of a constant channel negative.
  const inOnePass = ops.g.op('Max', [ops.sub(meanSquare(parts), squaredMean), ops.number(0)])
  const far = isFar(ops, squaredMean, inOnePass, epsilon)
  const centered = { parts, channels: dims[1], mean: batch.mean }
  return { variance: unlessFar(ops, inOnePass, far, centered, meanSquare), far }
}

function moveRunningStatistics(node: Node, { mean, count }: Statistics, variance: Name, c: BlockedWriter): void {
  const { g, ops } = c
  const [x, , , oldMean, oldVariance] = node.inputs as [string, string, string, string, string]
  const [, newMean, newVariance, savedMean] = node.outputs
  const momentum = floatAttribute(node, 'momentum', 0.9)
  const convolution = c.official.producer(x)
  const fusion = convolution && c.plan.fusions.get(convolution)
  const trueMean = fusion?.kind === 'shift' ? ops.add(mean, fusion.runningMean) : mean
  const move = (old: Name, batch: Name, output: string) => {
    const [kept, added] = [ops.mul(old, ops.number(momentum)), ops.mul(batch, ops.number(1 - momentum))]
    g.op('Add', [kept, added], {}, { outputs: [output] })
  }
  if (newMean) move(oldMean, trueMean, newMean)
  if (newVariance) move(oldVariance, ops.mul(variance, ops.number(count / Math.max(count - 1, 1))), newVariance)
  // The mean of the values as written, for a gradient that reads both in the standard layout.
  if (savedMean) g.op('Identity', [mean], {}, { outputs: [savedMean] })
}
