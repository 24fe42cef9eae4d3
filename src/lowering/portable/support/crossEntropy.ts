import { intAttribute, type Node, stringAttribute } from '../../../onnx/graph/graph.js'
import { int64, type Tensor } from '../../../onnx/graph/tensor.js'
import type { LoweringContext } from './lowering.js'
import { FLOAT, INT64 } from './reduce.js'

/** The label that the official kernels ignore by default. */
const DEFAULT_IGNORE_INDEX = -1

/** The values of the labels that a cross entropy loss and its gradient share. */
export interface Labels {
  /** The int64 class of every sample; 0 if the sample is ignored. */
  readonly classes: string
  /** float32 in the shape of the labels: the class weight of every sample, 0 if it is ignored. */
  readonly weights: string
}

/** Reads labels of any rank, int32 or int64. `weight` and `ignoreIndex` are inputs of the node, if it has them. */
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

/** Returns the divisor of the mean: the sum of the weights, or 1 if every sample is ignored. */
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
