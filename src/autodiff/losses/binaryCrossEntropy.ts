import type { GraphBuilder } from '../../onnx/builder.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { type CheckedLossOf, demandWeightOfEach, type LossValues } from './Loss.js'
import { denseTargets, logitsShape, perClass, reduced } from './support.js'

/**
 * Adds -(w z log s + (1 - z) log(1 - s)) of each logit's sigmoid s and target z, where w is the weight of positive
 * examples. Both logarithms are softplus functions, so that no large logit is lost to rounding.
 */
export function addBinaryCrossEntropy(
  g: GraphBuilder,
  values: LossValues,
  { reduction, positiveWeights }: CheckedLossOf<'binaryCrossEntropy'>,
): void {
  const shape = logitsShape(g, values.logits)
  demandWeightOfEach(positiveWeights, shape[1], 'positiveWeights')
  const targets = denseTargets(g, values)
  const weighted = positiveWeights
    ? g.op('Mul', [targets, g.constant(float32(positiveWeights, perClass(shape)))])
    : targets
  const { missed, mistaken } = surprises(g, values.logits)
  reduced(g, ofTargets(g, { positive: weighted, targets }, missed, mistaken), reduction, values.names)
}

/** Adds the loss of each logit where its target is 1, -log s, and where it is 0, -log(1 - s). */
export function surprises(g: GraphBuilder, logits: string): { readonly missed: string; readonly mistaken: string } {
  return { missed: g.op('Softplus', [g.op('Neg', [logits])]), mistaken: g.op('Softplus', [logits]) }
}

/** Adds positive * ofOnes + (1 - targets) * ofZeros. */
export function ofTargets(
  g: GraphBuilder,
  { positive, targets }: { readonly positive: string; readonly targets: string },
  ofOnes: string,
  ofZeros: string,
): string {
  const negative = g.op('Sub', [g.scalar(1), targets])
  return g.op('Add', [g.op('Mul', [positive, ofOnes]), g.op('Mul', [negative, ofZeros])])
}
