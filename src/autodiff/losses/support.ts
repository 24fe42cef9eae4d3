import type { GraphBuilder } from '../../onnx/builder.js'
import type { Shape } from '../../onnx/graph/graph.js'
import { CAST_TO, float32 } from '../../onnx/graph/tensor.js'
import { invalidLoss, type LossValues } from './Loss.js'

/** The shape of logits whose number of classes is known. */
export type LogitsShape = readonly [Shape[number], number, ...Shape]

/** Returns the shape of the logits. @throws FineTuneError 'options/invalid' if the number of classes is not known */
export function logitsShape(g: GraphBuilder, logits: string): LogitsShape {
  const [batch = null, classes, ...spatial] = g.graph.info(logits)?.shape ?? []
  if (typeof classes === 'number') return [batch, classes, ...spatial]
  throw invalidLoss('logits', logits, 'a value [N, classes, ...] with a known number of classes, for such a loss')
}

/** Returns the shape of a value with an element for each class. */
export const perClass = ([, classes, ...spatial]: LogitsShape): number[] => [classes, ...spatial.map(() => 1)]

/** Adds the labels as an input, and targets [N, classes, ...]: 1 at the class of an example. */
export function oneHot(g: GraphBuilder, { labels }: LossValues, shape: LogitsShape): string {
  const [batch, classes, ...spatial] = shape
  g.input(labels, 'int64', [batch, ...spatial])
  // Compared as float32: not every provider has whole numbers of 64 bits.
  const column = g.op('Unsqueeze', [g.op('Cast', [labels], { to: CAST_TO.float32 }), g.ints(1)])
  const numbers = g.constant(
    float32(
      Float32Array.from({ length: classes }, (_, i) => i),
      perClass(shape),
    ),
  )
  return g.op('Cast', [g.op('Equal', [column, numbers])], { to: CAST_TO.float32 })
}

/** Adds the labels as an input with an element for each of the logits. */
export const denseTargets = (g: GraphBuilder, { logits, labels }: LossValues): string =>
  g.input(labels, 'float32', logitsShape(g, logits))

/** The operators of the reductions. */
export const REDUCED = { sum: 'ReduceSum', mean: 'ReduceMean' } as const

/** Adds the sum or the mean of all elements, under the name of the loss. */
export function reduced(g: GraphBuilder, losses: string, reduction: 'mean' | 'sum', [name]: LossValues['names']): void {
  g.op(REDUCED[reduction], [losses], { keepdims: 0 }, { outputs: [name] })
}
