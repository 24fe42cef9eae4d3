import type { GraphBuilder } from '../../onnx/builder.js'
import type { CheckedLoss, CheckedLossOf, LossValues } from './Loss.js'
import { logitsShape } from './support.js'

/**
 * Adds (1 - w) L + w T^2 sum of p (log p - log q), where L is the loss of the labels, and p and q are the softmax of the
 * teacher's logits and of the model's, both divided by T. T^2 makes up for gradients that shrink by as much.
 *
 * @param addLabelLoss adds the loss of the labels under the given names
 */
export function addDistillation(
  g: GraphBuilder,
  values: LossValues,
  loss: CheckedLossOf<'distillation'>,
  addLabelLoss: (values: LossValues, loss: CheckedLoss) => void,
): void {
  const { temperature, weight, reduction, ofLabels, teacher } = loss
  const [name, ...names] = values.names
  const shape = logitsShape(g, values.logits)
  const labelLoss = g.fresh('of_labels')
  addLabelLoss({ ...values, names: [labelLoss, ...names] }, { ...ofLabels, reduction } as CheckedLoss)

  const softened = (logits: string) => g.op('Div', [logits, g.scalar(temperature)])
  const p = softened(teacher)
  const surprise = g.op('Sub', [
    g.op('LogSoftmax', [p], { axis: 1 }),
    g.op('LogSoftmax', [softened(values.logits)], { axis: 1 }),
  ])
  const terms = g.op('Mul', [g.op('Softmax', [p], { axis: 1 }), surprise])
  const divergence = g.op(reduction === 'sum' ? 'ReduceSum' : 'ReduceMean', [terms], { keepdims: 0 })
  // The mean is over examples, not over their classes.
  const factor = weight * temperature ** 2 * (reduction === 'sum' ? 1 : shape[1])
  const parts = [g.op('Mul', [labelLoss, g.scalar(1 - weight)]), g.op('Mul', [divergence, g.scalar(factor)])]
  g.op('Add', parts, {}, { outputs: [name] })
}
