// What a job costs beside its work: milliseconds of the queue for each job, as a share of a shard of 1000 images, and the
// memory of the process that gives out the jobs, after each tenth of them. A line of JSON for each kind of cluster.
//
//   node bench/cluster.js [--jobs 1000] [--images 64] [--redis redis://127.0.0.1:6379]
//
// Without --redis it starts a redis-server of its own. One worker, one job at a time: with more, the cost is shared.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exportClassifier, loadClassifier } from 'onnx-finetune'
import { redisCluster } from 'onnx-finetune/cluster'
import { ImageFolder } from 'onnx-finetune/node'
import { clusterOfProcesses } from '../dist/cluster/localCluster.js'
import { workerOfProcesses } from '../dist/cluster/redis/clusterWorker.node.js'
import { drawImages } from './images.js'
import { modelFor } from './model.js'

const PORT = 6390
const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000' },
    images: { type: 'string', default: '64' },
    redis: { type: 'string' },
    worker: { type: 'boolean' },
  },
})
const url = values.redis ?? `redis://127.0.0.1:${PORT}`
const processes = { concurrency: 1, jobThreads: 1, script: new URL('clusterJob.js', import.meta.url) }
if (values.worker) {
  await workerOfProcesses({ ...processes, url, prefix: 'bench', lockSeconds: 30 })
  console.log('ready')
} else await compare()

async function compare() {
  const directory = mkdtempSync(join(tmpdir(), 'cluster-'))
  const imagesPerSecond = await classifierSpeed(directory)
  await report('local', clusterOfProcesses(processes), imagesPerSecond)
  const children = []
  if (!values.redis) {
    const settings = ['--port', String(PORT), '--save', '', '--appendonly', 'yes', '--dir', directory]
    children.push(await started('redis-server', settings, 'Ready to accept'))
  }
  const worker = [import.meta.filename, '--worker', ...(values.redis ? ['--redis', url] : [])]
  children.push(await started(process.execPath, worker, 'ready'))
  await report('redis', redisCluster({ url, prefix: 'bench' }), imagesPerSecond)
  for (const child of children) child.kill('SIGKILL')
  rmSync(directory, { recursive: true })
}

/** A classifier as jobs use it: a ResNet-18 at 224 x 224, on images of 256 x 192, with one thread. */
async function classifierSpeed(directory) {
  const { samples, classes } = await ImageFolder(await drawImages(directory, Number(values.images) / 2, 1 / 2))
  const classifier = await loadClassifier(await exportClassifier(await modelFor('train', classes)), { threads: 1 })
  const paths = samples.map(({ source }) => source)
  await classifier.classify(paths.slice(0, 8))
  const begun = performance.now()
  await classifier.classify(paths)
  const speed = (1000 * paths.length) / (performance.now() - begun)
  await classifier.release()
  return speed
}

async function report(name, cluster, imagesPerSecond) {
  const jobs = Number(values.jobs)
  const inputs = Array.from({ length: jobs }, (_, job) => ({ job }))
  // The first starts the process.
  for await (const { error } of cluster.map('nothing', inputs.slice(0, 20))) if (error) throw error
  const memory = []
  let [done, begun] = [0, performance.now()]
  for await (const { error } of cluster.map('nothing', inputs)) {
    if (error) throw error
    if (++done % Math.ceil(jobs / 10) === 0) memory.push(Math.round(process.memoryUsage().rss / 1e6))
  }
  const milliseconds = (performance.now() - begun) / jobs
  await cluster.close()
  const share = milliseconds / (1000 * (1000 / imagesPerSecond))
  const round = (value) => Number(value.toPrecision(3))
  console.log(
    JSON.stringify({
      ...{ cluster: name, jobs, job_ms: round(milliseconds), images_per_second: round(imagesPerSecond) },
      ...{ percent_of_1000_images: round(100 * share), memory_mb: memory },
    }),
  )
}

function started(command, args, sign) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdout.on('data', (text) => String(text).includes(sign) && resolve(child))
  })
}
