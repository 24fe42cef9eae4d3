import type { GraphBuilder } from '../../onnx/builder.js'
import type { CheckedLossOf, LossValues } from './Loss.js'
import { denseTargets, reduced } from './support.js'

/** Adds the squared difference of each output from its target. */
export function addMeanSquaredError(
  g: GraphBuilder,
  values: LossValues,
  { reduction }: CheckedLossOf<'meanSquaredError'>,
): void {
  const difference = g.op('Sub', [values.logits, denseTargets(g, values)])
  reduced(g, g.op('Mul', [difference, difference]), reduction, values.names)
}

/** Adds c (d - c / 2) of each difference d, where c is d limited to -delta and delta. */
export function addHuber(g: GraphBuilder, values: LossValues, { reduction, delta }: CheckedLossOf<'huber'>): void {
  const difference = g.op('Sub', [values.logits, denseTargets(g, values)])
  const limited = g.op('Clip', [difference, g.scalar(-delta), g.scalar(delta)])
  const half = g.op('Mul', [limited, g.scalar(0.5)])
  reduced(g, g.op('Mul', [limited, g.op('Sub', [difference, half])]), reduction, values.names)
}
