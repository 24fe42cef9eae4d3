// One measurement: whole epochs of `fineTune` on a folder of images, loading included, as one line of JSON: images per
// second in each epoch, and the share of its time that went by in training steps (the rest is waiting for images).
//
//   node bench/epoch.js --data DIR [--mode train|layer4|head] [--cache-features] [--decoder auto|sharp|jimp]
//                       [--batch 32] [--epochs 2] [--workers N] [--threads N]
//
// train: every parameter; layer4: layer4 and fc train, the rest is frozen; head: fc alone.
import { parseArgs } from 'node:util'
import { fineTune, paramGroups, sgd, TrainingEngine } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { modelFor } from './model.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    mode: { type: 'string', default: 'train' },
    'cache-features': { type: 'boolean', default: false },
    decoder: { type: 'string', default: 'auto' },
    batch: { type: 'string', default: '32' },
    epochs: { type: 'string', default: '2' },
    workers: { type: 'string' },
    threads: { type: 'string' },
  },
})
if (!values.data) throw new Error('--data DIR is missing: a folder with a folder of images for every class')

const train = await ImageFolder(values.data)
const model = await modelFor(values.mode, train.classes)
const run = fineTune(model, {
  train,
  epochs: Number(values.epochs),
  batchSize: Number(values.batch),
  optimizer: sgd(paramGroups(model, { lr: 1e-6, weightDecay: 1e-3 })),
  lossReduction: 'sum',
  decoder: values.decoder,
  cacheFeatures: values['cache-features'],
  ...(values.workers && { workers: Number(values.workers) }),
  ...(values.threads && { threads: Number(values.threads) }),
})

let inSteps = 0
const { updateStep } = TrainingEngine.prototype
TrainingEngine.prototype.updateStep = async function (...args) {
  const start = performance.now()
  const outputs = await updateStep.apply(this, args)
  inSteps += performance.now() - start
  return outputs
}

const rates = []
const shares = []
for await (const event of run) {
  if (event.type !== 'epoch') continue
  rates.push(Number(event.examplesPerSecond.toFixed(2)))
  shares.push(Number((inSteps / 1000 / (train.samples.length / event.examplesPerSecond)).toFixed(3)))
  inSteps = 0
}
console.log(
  JSON.stringify({
    images_per_second: rates,
    step_share: shares,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
