// One measurement: images per second and peak memory of a step, of a ResNet-18 if no other network is named, as one line
// of JSON.
//
//   node bench/step.js --mode train|layer4|head|infer [--batch 32] [--threads 2] [--seconds 15]
//                      [--runtime onnxruntime-web] [--size 224] [--provider cpu|webgpu|cuda]
//                      [--network resnet18]
//
// train: every parameter, batch norm in train mode; layer4: layer4 and fc train, the rest is frozen; head: fc alone;
// infer: the evaluation graph. A training step is forward, loss, backward and SGD with weight decay.
import { parseArgs } from 'node:util'
import { float32, int64, TrainingEngine } from 'onnx-finetune'
import { artifactsOf, modelFor } from './model.js'

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'train' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '15' },
    runtime: { type: 'string', default: 'onnxruntime-node' },
    size: { type: 'string', default: '224' },
    provider: { type: 'string' },
    network: { type: 'string', default: 'resnet18' },
  },
})
const [batch, size] = [Number(values.batch), Number(values.size)]
const model = await modelFor(values.mode, ['a', 'b'], size, values.network)
const artifacts = await artifactsOf(model)
const session = await TrainingEngine.create({
  artifacts,
  runtime: values.runtime,
  threads: Number(values.threads),
  ...(values.provider && { executionProviders: [values.provider] }),
})
const labels = Array.from({ length: batch }, (_, i) => i % 2)
const length = batch * 3 * size * size
let pixels = Float32Array.from({ length }, () => Math.random() * 2 - 1)

/** As in fineTune, the batch is handed over and its memory comes back. */
async function step() {
  const feeds = { input: float32(pixels, [batch, 3, size, size]), labels: int64(labels) }
  const pool = {
    acquire: (bytes) => new ArrayBuffer(bytes),
    release(buffer) {
      if (buffer.byteLength === 4 * length) pixels = new Float32Array(buffer)
    },
  }
  const run = values.mode === 'infer' ? session.evalStep : session.updateStep
  return run.call(session, feeds, { pool })
}

await step()
await step()
const start = performance.now()
let steps = 0
for (; performance.now() - start < Number(values.seconds) * 1000 || steps < 3; steps++) await step()
const seconds = (performance.now() - start) / 1000
await session.release()
console.log(
  JSON.stringify({
    images_per_second: Number(((steps * batch) / seconds).toFixed(2)),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
