import { floatAttribute, MS, type Node } from '../../onnx/graph/graph.js'
import { allButChannels, type Lowering, type LoweringContext } from './support/lowering.js'
import { countFor, meanOver, meanSquareOver } from './support/reduce.js'

/**
 * Batch norm in train mode: Y, new running mean, new running variance, batch mean, 1 / batch deviation.
 *
 * The variance takes two passes (the mean of (X - mean)^2), since E[X^2] - mean^2 loses digits where the mean is large.
 * The result is the inference operator fed with the statistics of the batch: one pass over memory.
 * The running variance is torch's: with the unbiased variance of the batch, M / (M - 1) times the biased one. (The
 * official kernel takes the biased one; its runtime never writes it back.)
 */
export const BatchNormInternal: Lowering = {
  operator: `${MS}:BatchNormInternal`,
  lower(node, c) {
    const { g } = c
    const [x, scale, bias, oldMean, oldVariance] = node.inputs
    const [y, newMean, newVariance, savedMean, savedInverse] = node.outputs
    const epsilon = floatAttribute(node, 'epsilon', 1e-5)
    const axes = allButChannels(c.rank(x!, node))

    const wideMean = meanOver(c, x!, axes)
    const centered = g.op('Sub', [x, wideMean])
    const mean = named(c, savedMean, wideMean, axes)
    const wideVariance = meanSquareOver(c, centered, axes, () => countFor(c, x!, mean))
    const variance = g.op('Squeeze', [wideVariance, g.ints(...axes)])

    if (y) c.define(y, 'BatchNormalization', [x, scale, bias, mean, variance], { epsilon })
    if (newMean) move(c, node, newMean, oldMean!, mean)
    if (newVariance) move(c, node, newVariance, oldVariance!, unbiased(c, variance, x!))
    if (savedInverse) c.define(savedInverse, 'Reciprocal', [g.op('Sqrt', [g.op('Add', [variance, g.scalar(epsilon)])])])
  },
}

function named(c: LoweringContext, name: string | undefined, wide: string, axes: readonly number[]): string {
  return c.g.op('Squeeze', [wide, c.g.ints(...axes)], {}, name ? { outputs: [name] } : {})
}

/** Adds output = momentum * old + (1 - momentum) * batch, in ONNX's sense of momentum. */
function move(c: LoweringContext, node: Node, output: string, old: string, batch: string): void {
  const momentum = floatAttribute(node, 'momentum', 0.9)
  const kept = c.g.op('Mul', [old, c.g.scalar(momentum)])
  c.define(output, 'Add', [kept, c.g.op('Mul', [batch, c.g.scalar(1 - momentum)])])
}

/**
 * Adds variance * M / (M - 1), where M = N * H * W is the number of values. A single value has variance 0 either way.
 */
function unbiased(c: LoweringContext, variance: string, x: string): string {
  const { g } = c
  const count = countFor(c, x, variance)
  const freedom = g.op('Max', [g.op('Sub', [count, g.scalar(1)]), g.scalar(1)])
  return g.op('Mul', [variance, g.op('Div', [count, freedom])])
}
