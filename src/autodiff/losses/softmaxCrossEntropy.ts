import type { GraphBuilder } from '../../onnx/builder.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { type CheckedLossOf, demandWeightOfEach, type LossValues } from './Loss.js'

/** Adds cross-entropy as the official node: int64 labels, and class weights if there are any. */
export function addSoftmaxCrossEntropy(
  g: GraphBuilder,
  { logits, labels, names: [name, logProbabilities, node] }: LossValues,
  { reduction, classWeights }: CheckedLossOf<'crossEntropy'>,
): void {
  const shape = g.graph.info(logits)?.shape
  demandWeightOfEach(classWeights, shape?.[1])
  g.input(labels, 'int64', shape ? [shape[0] ?? null, ...shape.slice(2)] : [null])
  const weights = classWeights && [
    g.initializer(g.fresh('class_weights'), float32(classWeights, [classWeights.length])),
  ]
  const options = { name: node, outputs: [name, logProbabilities] }
  g.ops('SoftmaxCrossEntropyLoss', [logits, labels, ...(weights ?? [])], { reduction }, options)
  g.graph.values.set(logProbabilities, { name: logProbabilities, type: 'float32', ...(shape && { shape }) })
}
