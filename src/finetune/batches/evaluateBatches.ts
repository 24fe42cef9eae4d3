import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Model } from '../../model/Model.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { TrainingEngine } from '../../session/client/TrainingEngine.js'
import type { Prediction } from '../record/events.js'
import { argmax } from '../record/metrics.js'
import type { Retrieval } from '../record/Retrieval.js'
import type { RunMetrics } from '../record/RunMetrics.js'
import type { Batches, StepBatch } from './batches.js'

/** The result of one batch in the evaluation model. Loss and accuracy are means over its examples. */
export interface EvaluatedBatch {
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  /** The predicted classes; none for other tasks. */
  readonly predictions: readonly Prediction[]
}

interface Evaluated {
  readonly model: Model
  readonly session: TrainingEngine
  /** The reduction of the session's loss. */
  readonly lossReduction: 'mean' | 'sum'
  /** The number of elements of each example that a mean is divided by. */
  readonly terms: number
  /** True to evaluate the averages of the weights. */
  readonly isAveraged?: boolean | undefined
  /** The value that holds the embeddings, of a run whose loss compares them. */
  readonly embedding?: string | undefined
}

/** Evaluates every batch of a first epoch in the evaluation model, and adds it to the metrics. */
export async function* evaluateBatches(
  { model, session, lossReduction, terms, isAveraged, embedding }: Evaluated,
  batches: Batches,
  { metrics, retrieval }: { readonly metrics: RunMetrics; readonly retrieval?: Retrieval | undefined },
): AsyncGenerator<EvaluatedBatch, void> {
  for await (const batch of batches.epoch(0)) {
    const { labels, indices } = batch
    const outputs = await session.evalStep(feedsOf(batch), { ...transferOptions(batches), averages: isAveraged })
    const logits = outputs[logitsOf(model)] as Tensor<'float32'>
    const loss = (outputs[session.loss] as Tensor<'float32'>).data[0]!
    if (embedding !== undefined) retrieval?.add(outputs[embedding] as Tensor<'float32'>, labels)
    const examples = labels.data.length
    const lossSum = lossReduction === 'sum' ? loss / terms : loss * examples
    const accuracy = metrics.add(logits, batch, lossSum)
    const classes = model.classes.length
    const predicted = model.task === 'classification' ? indices : []
    const predictions = Array.from(predicted, (index, row) =>
      predictionOf(batches.dataset, index, logits.data.subarray(row * classes, (row + 1) * classes)),
    )
    yield { loss: lossSum / examples, accuracy, examples, predictions }
  }
}

function predictionOf(dataset: ImageDataset, index: number, logits: Float32Array): Prediction {
  const { source, label } = dataset.samples[index]!
  const scores = softmax(logits)
  const predicted = argmax(logits, 0, logits.length)
  return { index, source, label, predicted, score: scores[predicted]!, labelScore: scores[label]! }
}

/** Computes a softmax, shifted by the highest logit, so that nothing overflows. */
function softmax(logits: Float32Array): Float32Array {
  const highest = Math.max(...logits)
  const powers = Array.from(logits, (logit) => Math.exp(logit - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return Float32Array.from(powers, (power) => power / sum)
}

/** Returns the feeds of a batch. The inputs are transferred; labels and targets are still needed for the metrics. */
export const feedsOf = ({ inputs, labels, targets }: StepBatch): Record<string, Tensor> => ({
  ...inputs,
  labels: copyOf(targets ?? labels),
})

const copyOf = (tensor: Tensor): Tensor => ({ ...tensor, data: tensor.data.slice() }) as Tensor

/** Returns step options that transfer feeds, and return their memory to the pool. */
export const transferOptions = ({ pool }: Batches) => ({ transfer: true, pool })

export const logitsOf = ({ graph }: Model): string => graph.outputs[0]!.name
