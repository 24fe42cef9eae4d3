// One measurement: whole epochs of `fineTune` on a folder of pictures, loading included, as one line of JSON.
//
//   node bench/epoch.js --data DIR [--mode train|layer4|head] [--cache-features] [--decoder auto|sharp|jimp]
//                       [--batch 32] [--epochs 2] [--workers N] [--threads N]
//
// train: every parameter; layer4: layer4 and fc train, the rest is frozen; head: fc alone.
import { parseArgs } from 'node:util'
import { fineTune, paramGroups, sgd } from 'onnx-finetune'
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
if (!values.data) throw new Error('--data DIR is missing: a folder with a folder of pictures for every class')

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
const { epochs } = await run
console.log(
  JSON.stringify({
    images_per_second: epochs.map(({ examplesPerSecond }) => Number(examplesPerSecond.toFixed(2))),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
)
