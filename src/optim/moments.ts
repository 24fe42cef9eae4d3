import type { GraphBuilder } from '../onnx/builder.js'

/** Adds kept * mean + (1 - kept) * value. */
export function runningMean(g: GraphBuilder, mean: string, value: string, kept: number, out: string): string {
  const [old, added] = [g.op('Mul', [mean, g.scalar(kept)]), g.op('Mul', [value, g.scalar(1 - kept)])]
  return g.op('Add', [old, added], {}, { outputs: [out] })
}

/**
 * Adds 1 - beta^t. Computed directly, float32 would lose half its digits if beta^t is near 1; with u = tanh(-t *
 * ln(beta) / 2) it equals 2u / (1 + u), which loses none.
 */
export function biasCorrection(g: GraphBuilder, beta: number, step: string): string {
  const FAR = 50 // tanh is 1 there; stands for the infinite exponent of beta = 0
  const u = g.op('Tanh', [g.op('Mul', [step, g.scalar(Math.min(-Math.log(beta) / 2, FAR))])])
  return g.op('Div', [g.op('Add', [u, u]), g.op('Add', [u, g.scalar(1)])])
}

/** Adds 1 - learningRate * weightDecay: the factor of a parameter that decays by itself. */
export const keptShare = (g: GraphBuilder, learningRate: string, weightDecay: number): string =>
  g.op('Sub', [g.scalar(1), g.op('Mul', [learningRate, g.scalar(weightDecay)])])
