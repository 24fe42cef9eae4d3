// How a run on many workers scales: a simulation from the time of a step, of a job and of an average. It draws images and rounds per second for 1 to 256
// workers at 1 and 10 Gbit/s, beside the ideal line, as a table in Markdown, and measures the time to average the states
// of 2, 4 and 8 shards.
//
//   node bench/scale.js [--megabytes 45] [--image-seconds 0.06] [--batch 32] [--local-steps 16] [--queue 0.01]
//
// --megabytes: the state of a shard (weights, statistics, optimizer). --image-seconds: a training step, for each image.
// --queue: the seconds that the queue takes for a job (bench/cluster.js).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { averageStates } from '../dist/finetune/shards/averageStates.js'
import { statePieces } from '../dist/finetune/shards/roundState.js'
import { openStore } from '../dist/platform/node/platform.js'

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '45' },
    'image-seconds': { type: 'string', default: '0.06' },
    batch: { type: 'string', default: '32' },
    'local-steps': { type: 'string', default: '16' },
    queue: { type: 'string', default: '0.01' },
  },
})
const [megabytes, imageSeconds, batch, localSteps, queue] = [
  values.megabytes,
  values['image-seconds'],
  values.batch,
  values['local-steps'],
  values.queue,
].map(Number)

/** The bytes per second of a link, of which protocols leave nine tenths. */
const bytesPerSecond = (gigabits) => (gigabits * 1e9 * 0.9) / 8

const averaging = await measureAverages()
for (const { shards, seconds } of averaging)
  console.log(`average of ${shards} states of ${megabytes} MB: ${seconds.toFixed(2)} s`)
const perState = averaging.at(-1).seconds / averaging.at(-1).shards
console.log(
  `\n| workers | ideal images/s | ${[1, 10].map((speed) => `images/s, ${speed} Gbit/s | rounds/s`).join(' | ')} |`,
)
console.log(`|---${'|---'.repeat(5)}|`)
for (let workers = 1; workers <= 256; workers *= 2) {
  const cells = [1, 10].map((speed) => simulate(workers, bytesPerSecond(speed)))
  const shown = cells.map(({ images, rounds }) => `${images.toFixed(0)} | ${rounds.toFixed(3)}`)
  console.log(`| ${workers} | ${(workers / imageSeconds).toFixed(0)} | ${shown.join(' | ')} |`)
}

/**
 * One shard for each worker. The shared directory has one link, that of the process that averages: in a round every
 * worker reads the common state over it and writes its own.
 */
function simulate(workers, speed) {
  const images = workers * localSteps * batch
  const computing = localSteps * batch * imageSeconds
  const transfer = (2 * workers * megabytes * 1e6) / speed
  const seconds = computing + transfer + workers * (queue + perState)
  return { images: images / seconds, rounds: 1 / seconds }
}

async function measureAverages() {
  const directory = mkdtempSync(join(tmpdir(), 'scale-'))
  const store = openStore(directory)
  const size = Math.round((megabytes * 1e6) / 4)
  const weights = {
    weight: { type: 'float32', dims: [size], data: Float32Array.from({ length: size }, (_, i) => Math.sin(i)) },
  }
  await store.write('common', statePieces({ weights, optimizer: [] }))
  for (let shard = 0; shard < 8; shard++) await store.write(`${shard}`, statePieces({ weights, optimizer: [] }))
  const results = []
  for (const shards of [2, 4, 8]) {
    const reached = Array.from({ length: shards }, (_, shard) => ({ file: `${shard}`, images: 32 }))
    const times = []
    for (let repeat = 0; repeat < 3; repeat++) {
      const begun = performance.now()
      await averageStates(store, 'common', reached, 'average')
      times.push((performance.now() - begun) / 1000)
    }
    results.push({ shards, seconds: Math.min(...times) })
  }
  rmSync(directory, { recursive: true })
  return results
}
