import { writeCheckpoint } from 'onnx-finetune'
import * as ort from '../../../node_modules/onnxruntime-training/dist/ort.training.wasm.mjs'
import module from '../../../node_modules/onnxruntime-training/dist/ort-training-wasm-simd-threaded.mjs?url'
import wasm from '../../../node_modules/onnxruntime-training/dist/ort-training-wasm-simd-threaded.wasm?url'
import { artifactsFor } from '../problem.js'

/** Microsoft's last training build for JavaScript, onnxruntime-web 1.19.2, on the artifacts that this library generates. */
export async function prepare(_, { mode, batch, threads }) {
  ort.env.wasm.numThreads = threads
  ort.env.wasm.wasmPaths = { mjs: new URL(module, location.href).href, wasm: new URL(wasm, location.href).href }
  const { trainingModel, evalModel, optimizerModel, checkpoint } = await artifactsFor(mode, batch.size, true)
  const session = await ort.TrainingSession.create({
    checkpointState: writeCheckpoint(checkpoint),
    trainModel: trainingModel,
    evalModel,
    optimizerModel,
  })
  const { count, size, pixels, labels } = batch
  const feeds = {
    input: new ort.Tensor('float32', pixels, [count, 3, size, size]),
    labels: new ort.Tensor('int64', BigInt64Array.from(labels, BigInt), [count]),
  }
  return async () => {
    await session.lazyResetGrad()
    const outputs = await session.runTrainStep(feeds)
    await session.runOptimizerStep()
    return Object.values(outputs).find(({ data }) => data.length === 1).data[0]
  }
}
