// One measurement: training views of a folder of images, prepared but not trained on, as one line of JSON.
//
//   node bench/loader.js --data DIR [--decoder auto|sharp|jimp] [--workers 1] [--batch 32] [--cache-mb 256]
//
// The first epoch reads and decodes every image, the second finds those that fit into the cache.
import { parseArgs } from 'node:util'
import {
  centerCrop,
  compose,
  createLoader,
  normalize,
  randomHorizontalFlip,
  randomResizedCrop,
  resize,
  toTensor,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    decoder: { type: 'string', default: 'auto' },
    workers: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
    views: { type: 'string', default: 'train' },
    'cache-mb': { type: 'string', default: '256' },
  },
})
if (!values.data) throw new Error('--data DIR is missing: a folder with a folder of images for every class')

const normalized = [toTensor(), normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
const views = {
  train: compose([randomResizedCrop(224), randomHorizontalFlip(), ...normalized]),
  test: compose([resize(256), centerCrop(224), ...normalized]),
}
const loader = createLoader(await ImageFolder(values.data), {
  transform: views[values.views],
  batchSize: Number(values.batch),
  shuffle: true,
  decoder: values.decoder,
  workers: Number(values.workers),
  cacheBytes: Number(values['cache-mb']) * 2 ** 20,
})

async function imagesPerSecond(epoch) {
  const start = performance.now()
  let images = 0
  for await (const { labels } of loader.epoch(epoch)) images += labels.data.length
  return Number(((images / (performance.now() - start)) * 1000).toFixed(1))
}

const [first, second] = [await imagesPerSecond(0), await imagesPerSecond(1)]
await loader.close()
const peak = Math.round(process.resourceUsage().maxRSS / 1024)
console.log(JSON.stringify({ first_epoch_per_second: first, second_epoch_per_second: second, peak_rss_mb: peak }))
