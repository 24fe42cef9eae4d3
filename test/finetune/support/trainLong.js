// In a process of its own, on the built library: one run of many steps, or many short runs. As JSON:
//
//   node trainLong.js steps 5000    { megabytes: resident memory after each hundredth step }
//   node trainLong.js runs 200      { before, after: threads, files, handles and listeners }
import { getEventListeners } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fineTune, loadBackbone, paramGroups, replaceHead, sgd } from '../../../dist/index.js'

const [kind, count] = [process.argv[2], Number(process.argv[3])]
const classes = ['blue', 'red']
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8, classes: 3 })
const model = replaceHead(backbone, { classes })
const optimizer = sgd(paramGroups(model, { lr: 1e-4 }), { momentum: 0.9 })
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='
const images = (length) => ({
  classes,
  samples: Array.from({ length }, (_, i) => ({ source: `${i}.png`, label: i % 2 })),
  read: async () => new Uint8Array(Buffer.from(png, 'base64')),
})
const options = { optimizer, workers: 1, threads: 1 }

console.log(JSON.stringify(kind === 'steps' ? await longRun(count) : await shortRuns(count)))

/** Epochs of a hundred steps, the last one of a smaller batch. */
async function longRun(steps) {
  const run = fineTune(model, {
    ...options,
    train: images(299),
    validation: images(4),
    epochs: steps / 100,
    batchSize: 3,
  })
  const megabytes = []
  for await (const event of run)
    if (event.type === 'step' && event.step === 100) megabytes.push(process.memoryUsage().rss / 2 ** 20)
  return { megabytes }
}

/** To their end, left early, aborted and failing, in turns; all with one signal that outlives them. */
async function shortRuns(runs) {
  const { signal } = new AbortController()
  const ways = [runToItsEnd, leaveEarly, abort, fail]
  for (const way of ways) await way(signal)
  const before = await inUse(signal)
  for (let run = 0; run < runs; run++) await ways[run % ways.length](signal)
  let after = await inUse(signal)
  // A thread that ends takes its time on a busy machine; one that was left behind stays.
  for (let look = 0; look < 20 && after.threads > before.threads; look++) after = await inUse(signal)
  return { before, after }
}

function short() {
  return { ...options, train: images(4), validation: images(2), epochs: 1, batchSize: 2 }
}

async function runToItsEnd(signal) {
  await fineTune(model, { ...short(), signal })
}

async function leaveEarly(signal) {
  for await (const event of fineTune(model, { ...short(), signal })) if (event.type === 'step') break
}

async function abort(signal) {
  const controller = new AbortController()
  const both = AbortSignal.any([signal, controller.signal])
  const run = fineTune(model, { ...short(), signal: both })
  const listen = async () => {
    for await (const event of run) if (event.type === 'step') controller.abort()
  }
  await listen().catch(() => {})
}

async function fail(signal) {
  const broken = { ...images(4), read: async () => new Uint8Array(3) }
  await fineTune(model, { ...short(), train: broken, signal }).then(
    () => console.error('it did not fail'),
    () => {},
  )
}

/** What is in use once nothing runs. */
async function inUse(signal) {
  await sleep(500)
  return {
    threads: threads().length,
    files: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length,
    abortListeners: getEventListeners(signal, 'abort').length,
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  }
}

/** Apart from the pool that sharp has for the whole process, which grows when several decoders meet. */
function threads() {
  const nameOf = (task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()
  return readdirSync('/proc/self/task')
    .map(nameOf)
    .filter((name) => name !== 'libvips worker')
}
