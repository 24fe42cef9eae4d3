import { intAttribute, type Node, stringAttribute } from '../../../onnx/graph/graph.js'
import { int64, type Tensor } from '../../../onnx/graph/tensor.js'
import type { LoweringContext } from './lowering.js'
import { FLOAT, INT64 } from './reduce.js'

/** The label that the official kernels ignore where the node names none. */
const DEFAULT_IGNORE_INDEX = -1

/** What a cross entropy loss and its gradient both need to know about the labels. */
export interface Labels {
  /** int64 class of every sample; 0 where the sample is ignored. */
  readonly classes: string
  /** float32, shape of the labels: class weight of every sample, 0 where it is ignored. */
  readonly weights: string
}

/** Labels of any rank, int32 or int64. `weight` and `ignoreIndex` are inputs of the node, where it has them. */
export function readLabels(
  c: LoweringContext,
  node: Node,
  inputs: { labels: string; weight: string | undefined; ignoreIndex: string | undefined },
): Labels {
  const { g } = c
  const isInt64 = c.source.info(inputs.labels)?.type === 'int64'
  const labels = isInt64 ? inputs.labels : g.op('Cast', [inputs.labels], { to: INT64 })
  const ignored = g.op('Equal', [labels, ignoredLabel(c, node, inputs.ignoreIndex)])
  const classes = g.op('Where', [ignored, g.constant(intScalar(0)), labels])
  const counts = g.op('Cast', [g.op('Not', [ignored])], { to: FLOAT })
  if (!inputs.weight) return { classes, weights: counts }
  return { classes, weights: g.op('Mul', [g.op('Gather', [inputs.weight, classes]), counts]) }
}

export const reductionOf = (node: Node): string => stringAttribute(node, 'reduction', 'mean')

/** What the mean divides by: the sum of the weights, or 1 where every sample is ignored. */
export function divisor({ g }: LoweringContext, { weights }: Labels): string {
  const sum = g.op('ReduceSum', [weights], { keepdims: 0 })
  const isZero = g.op('Cast', [g.op('Equal', [sum, g.scalar(0)])], { to: FLOAT })
  return g.op('Add', [sum, isZero])
}

function ignoredLabel({ g }: LoweringContext, node: Node, input: string | undefined): string {
  if (input) return input
  return g.constant(intScalar(intAttribute(node, 'ignore_index', DEFAULT_IGNORE_INDEX)))
}

const intScalar = (value: number): Tensor => int64([value], [])
