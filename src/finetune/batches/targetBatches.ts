import type { ImageDataset } from '../../data/dataset/dataset.js'
import type { Task } from '../../model/task.js'
import { float32 } from '../../onnx/graph/tensor.js'
import { type Batches, changedBatches } from './batches.js'

/** Returns the batches with the targets of their samples, float32 [n, outputs]; of classification as they are. */
export function targetBatches(batches: Batches, task: Task): Batches {
  if (task === 'classification') return batches
  const { dataset } = batches
  const outputs = dataset.classes.length
  return changedBatches(batches, (batch) => {
    const targets = new Float32Array(batch.indices.length * outputs)
    for (const [row, index] of batch.indices.entries()) targets.set(targetsOf(dataset, index), row * outputs)
    return { ...batch, targets: float32(targets, [batch.indices.length, outputs]) }
  })
}

/** Returns the numbers of a sample, or for each label 1 if it has it, else 0. */
export function targetsOf({ samples, classes }: ImageDataset, index: number): readonly number[] {
  const { labels = [], values } = samples[index]!
  return values ?? classes.map((_, label) => (labels.includes(label) ? 1 : 0))
}
