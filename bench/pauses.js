// One measurement: for how long `fineTune` holds up the thread that calls it, from open to done, as one line of JSON: the
// longest pauses in milliseconds, what was reported before each, and the SHA-256 of the trained weights.
//
//   node bench/pauses.js [--batch 128] [--images 210] [--epochs 2] [--checkpoint] [--own-transform] [--threads N]
//
// A ResNet-18 of random weights at 224 x 224, an epoch's last batch smaller, validation, the best epoch kept. Pauses are
// those of the clock. On Linux `cpu_ms` is how much of one this thread computed, and `queued_ms` how long others had its
// processor: what is left it waited for, such as for memory or for other threads of a garbage collection.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PerformanceObserver } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { adamW, compose, fineTune, paramGroups, randomResizedCrop, splitDataset, toTensor } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { drawImages } from './images.js'
import { modelFor } from './model.js'

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '128' },
    images: { type: 'string', default: '210' },
    epochs: { type: 'string', default: '2' },
    checkpoint: { type: 'boolean', default: false },
    'own-transform': { type: 'boolean', default: false },
    threads: { type: 'string' },
  },
})
const directory = mkdtempSync(join(tmpdir(), 'pauses-'))
const images = await ImageFolder(await drawImages(directory, Number(values.images), 1 / 2))
const [train, validation] = splitDataset(images, { share: 0.2 })
const model = await modelFor('train', train.classes)
const asItIs = { name: 'asItIs', apply: (image) => image }
const run = fineTune(model, {
  train,
  validation,
  epochs: Number(values.epochs),
  batchSize: Number(values.batch),
  optimizer: adamW(paramGroups(model, { lr: 1e-4 })),
  keep: 'best',
  ...(values.checkpoint && { checkpoint: { directory: join(directory, 'checkpoints') } }),
  ...(values['own-transform'] && { trainTransform: compose([randomResizedCrop(224), asItIs, toTensor()]) }),
  ...(values.threads && { threads: Number(values.threads) }),
})

let what = 'open'
const pauses = []
const collections = []
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] })
let last = performance.now()
let [lastCpu, lastQueued] = ownTime()
const timer = setInterval(tick, 1)
await new Promise((resolve) => setTimeout(resolve, 50))
pauses.length = 0
for await (const event of run) what = `${event.type} ${event.step ?? event.epoch ?? ''}`.trim()
tick()
clearInterval(timer)
await new Promise((resolve) => setTimeout(resolve, 50))
rmSync(directory, { recursive: true })

const longest = pauses.sort((a, b) => b.ms - a.ms).slice(0, 8)
const gc = (at, ms) =>
  collections
    .filter(({ startTime }) => startTime >= at && startTime < at + ms)
    .reduce((sum, { duration }) => sum + duration, 0)
const hash = createHash('sha256')
for (const name of [...model.parameters, ...model.buffers]) hash.update(model.get(name).data)
console.log(
  JSON.stringify({
    longest_ms: Math.round(longest[0].ms),
    longest_cpu_ms: Math.round(Math.max(...pauses.map(({ cpu }) => cpu))),
    longest_not_queued_ms: Math.round(Math.max(...pauses.map(({ ms, queued }) => ms - queued))),
    pauses: longest.map(({ ms, cpu, queued, after, at }) => ({
      ms: Math.round(ms),
      cpu_ms: Math.round(cpu),
      queued_ms: Math.round(queued),
      gc_ms: Math.round(gc(at, ms)),
      after,
    })),
    weights: hash.digest('hex').slice(0, 16),
  }),
)

function tick() {
  const now = performance.now()
  const [cpu, queued] = ownTime()
  pauses.push({ ms: now - last, cpu: cpu - lastCpu, queued: queued - lastQueued, after: what, at: last })
  last = now
  lastCpu = cpu
  lastQueued = queued
}

/** Milliseconds that this thread has computed for, and has waited for a processor; NaN where the system does not tell. */
function ownTime() {
  try {
    return readFileSync('/proc/thread-self/schedstat', 'utf8')
      .split(' ')
      .map((nanoseconds) => Number(nanoseconds) / 1e6)
  } catch {
    return [Number.NaN, Number.NaN]
  }
}
