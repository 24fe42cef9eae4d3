import { intAttribute, type Node, stringAttribute } from '../../../onnx/graph/graph.js'
import { CAST_TO, type Tensor } from '../../../onnx/graph/tensor.js'
import { oneForZero } from '../../../onnx/oneForZero.js'
import type { LoweringContext } from './lowering.js'

/** The label that the official kernels ignore by default. */
const DEFAULT_IGNORE_INDEX = -1

/** The values of the labels that a cross entropy loss and its gradient share. */
export interface Labels {
  /** The class of every sample, in the type that the target computes labels in; 0 if the sample is ignored. */
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
  const labels = inType(c, inputs.labels)
  const ignored = g.op('Equal', [labels, ignoredLabel(c, node, inputs.ignoreIndex)])
  const classes = g.op('Where', [ignored, classNumbers(c, [0], []), labels])
  const counts = g.op('Cast', [g.op('Not', [ignored])], { to: CAST_TO.float32 })
  if (!inputs.weight) return { classes, weights: counts }
  return { classes, weights: g.op('Mul', [g.op('Gather', [inputs.weight, classes]), counts]) }
}

export const reductionOf = (node: Node): string => stringAttribute(node, 'reduction', 'mean')

/** Returns the divisor of the mean: the sum of the weights, or 1 if every sample is ignored. */
export function divisor({ g }: LoweringContext, { weights }: Labels): string {
  return oneForZero(g, g.op('ReduceSum', [weights], { keepdims: 0 }))
}

function ignoredLabel(c: LoweringContext, node: Node, input: string | undefined): string {
  if (input) return inType(c, input)
  return classNumbers(c, [intAttribute(node, 'ignore_index', DEFAULT_IGNORE_INDEX)], [])
}

/** Returns labels in the type that the target computes them in. */
function inType({ g, source, strategies }: LoweringContext, labels: string): string {
  if (source.info(labels)?.type === strategies.wholeNumbers) return labels
  return g.op('Cast', [labels], { to: strategies.wholeNumbers === 'int64' ? CAST_TO.int64 : CAST_TO.int32 })
}

/** Adds a constant of the type that the target computes labels in. */
export function classNumbers(
  { g, strategies }: LoweringContext,
  numbers: readonly number[],
  dims: readonly number[],
): string {
  const tensor: Tensor =
    strategies.wholeNumbers === 'int64'
      ? { type: 'int64', dims, data: BigInt64Array.from(numbers, BigInt) }
      : { type: 'int32', dims, data: Int32Array.from(numbers) }
  return g.constant(tensor)
}
