// One measurement: a classifier in the calling thread and one in a worker, as a line of JSON each: milliseconds to load it,
// to classify one image (median), and the longest pause of the calling thread while it classifies eight at a time.
//
//   node bench/classify.js [--runs 40] [--threads N]
//
// A ResNet-18 of random weights at 224 x 224, images of 256 x 192.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { exportClassifier, loadClassifier } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { drawImages } from './images.js'
import { modelFor } from './model.js'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '40' }, threads: { type: 'string' } } })
const threads = values.threads && Number(values.threads)
const directory = mkdtempSync(join(tmpdir(), 'classify-'))
const { samples, classes } = await ImageFolder(await drawImages(directory, 16, 1 / 2))
const paths = samples.map(({ source }) => source)
const file = await exportClassifier(await modelFor('train', classes))

for (const worker of [false, true]) {
  const start = performance.now()
  const classifier = await loadClassifier(file, { worker, ...(threads && { threads }) })
  const load = performance.now() - start
  await classifier.classify(paths)
  const one = []
  for (let i = 0; i < Number(values.runs); i++) {
    const begun = performance.now()
    await classifier.classify(paths[i % paths.length])
    one.push(performance.now() - begun)
  }
  one.sort((a, b) => a - b)
  const pause = await longestPause(() => classifier.classify(paths))
  await classifier.release()
  const round = (ms) => Math.round(10 * ms) / 10
  const line = { worker, load_ms: round(load), one_ms: round(one[one.length >> 1]), longest_pause_ms: round(pause) }
  console.log(JSON.stringify(line))
}
rmSync(directory, { recursive: true })

async function longestPause(work) {
  let [last, longest] = [performance.now(), 0]
  const tick = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(tick, 1)
  await work()
  tick()
  clearInterval(timer)
  return longest
}
