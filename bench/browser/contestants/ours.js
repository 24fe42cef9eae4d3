import { TrainingEngine } from 'onnx-finetune'
import { artifactsFor } from '../problem.js'

/** This library, on an execution provider of onnxruntime-web. */
export async function prepare(provider, { mode, batch, threads }) {
  const engine = await TrainingEngine.create({
    artifacts: await artifactsFor(mode, batch.size),
    runtime: 'onnxruntime-web',
    executionProviders: [provider],
    threads,
  })
  const { count, size, labels } = batch
  return async () => {
    const feeds = {
      input: { type: 'float32', data: batch.pixels.slice(), dims: [count, 3, size, size] },
      labels: { type: 'int64', data: BigInt64Array.from(labels, BigInt), dims: [count] },
    }
    const outputs = await engine.updateStep(feeds)
    return Object.values(outputs).find(({ data }) => data.length === 1).data[0]
  }
}
