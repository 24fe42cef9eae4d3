import type { GraphBuilder } from '../../onnx/builder.js'
import { addComparing, cosines, pairsOf } from './comparison.js'
import type { CheckedLoss, CheckedLossOf, LossValues } from './Loss.js'
import { REDUCED } from './support.js'

/** Less than any similarity, and still exact enough as float32 beside them. */
const ITSELF = -1e9

/**
 * Adds (1 - w) L + w S: L is the cross-entropy of the logits, S the supervised contrastive loss of the features (Khosla
 * et al., 2020, arXiv 2004.11362, L_out): of each image -1/|P| times the sum of log p over the others P of its class,
 * where p is the softmax of the cosine similarities to all others, divided by the temperature. An image without others
 * of its class counts as 0.
 *
 * @param addLabelLoss adds the loss of the labels under the given names
 */
export function addSupervisedContrastive(
  g: GraphBuilder,
  values: LossValues,
  loss: CheckedLossOf<'supervisedContrastive'>,
  addLabelLoss: (values: LossValues, loss: CheckedLoss) => void,
): void {
  const { temperature, reduction } = loss
  addComparing(g, values, loss, addLabelLoss, (vectors, named) => {
    const losses = ofImages(g, vectors, { labels: values.labels, temperature })
    return g.op(REDUCED[reduction], [losses], { keepdims: 0 }, named)
  })
}

/** Adds the loss of each image, [N]. */
function ofImages(
  g: GraphBuilder,
  vectors: string,
  { labels, temperature }: { readonly labels: string; readonly temperature: number },
): string {
  const similarities = cosines(g, vectors)
  const { itself, alike } = pairsOf(g, labels)
  const others = g.op('Add', [
    g.op('Div', [similarities, g.scalar(temperature)]),
    g.op('Mul', [itself, g.scalar(ITSELF)]),
  ])
  const logProbabilities = g.op('LogSoftmax', [others], { axis: 1 })
  const sum = (value: string) => g.op('ReduceSum', [value, g.ints(1)], { keepdims: 0 })
  const count = g.op('Max', [sum(alike), g.scalar(1)])
  return g.op('Div', [sum(g.op('Mul', [logProbabilities, g.op('Neg', [alike])])), count])
}
