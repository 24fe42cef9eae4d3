// A step of this library and one of PyTorch, measured in turn on this machine, and their ratio.
//
//   npm run build && node bench/againstPyTorch.js [--mode train|layer4|head|infer] [--batch 32] [--threads 2]
//                                                 [--seconds 6] [--rounds 3] [--python python3]
//
// Needs a Python that has torch. Both are measured as they come; PyTorch also with its tensors in channels_last and with
// an allocator that keeps its pages and takes huge ones (glibc), which is the fastest that we know of.
import { parseArgs } from 'node:util'
import { measure } from './measure.js'

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'train' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
  },
})
const { rounds, python, ...work } = values
const NEVER = 2 ** 34
const keepsPages = {
  GLIBC_TUNABLES: `glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=${NEVER}:glibc.malloc.trim_threshold=${NEVER}:glibc.malloc.arena_max=1`,
}
const pyTorch = (layout, env) => measure(python, 'pytorch_step.py', { ...work, layout }, env)
const contestants = {
  'onnx-finetune': () => measure(process.execPath, 'step.js', work),
  'PyTorch, channels_last, tuned allocator': () => pyTorch('channels_last', keepsPages),
  'PyTorch as it comes': () => pyTorch('nchw', {}),
}

const results = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
for (let round = 0; round < Number(rounds); round++)
  for (const [name, run] of Object.entries(contestants)) results[name].push(run())

const median = (runs, key) => runs.map((run) => run[key]).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)]
const [ours] = Object.values(results)
for (const [name, runs] of Object.entries(results)) {
  const rate = median(runs, 'images_per_second')
  const rates = runs.map((run) => run.images_per_second).join(', ')
  const memory = `${median(runs, 'peak_rss_mb')} MB`
  const ratio = runs === ours ? '' : `  ours is ${(median(ours, 'images_per_second') / rate).toFixed(2)}x`
  console.log(`${name.padEnd(40)} ${rate.toFixed(1).padStart(6)} pictures/s ${memory.padStart(8)}  (${rates})${ratio}`)
}
