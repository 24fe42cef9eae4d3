// A step of this library and one of PyTorch, measured in turn on this machine, and their ratio.
//
//   npm run build && node bench/againstPyTorch.js [--mode train|layer4|head|infer] [--batch 32] [--threads 2]
//                                                 [--seconds 6] [--rounds 3] [--python python3]
//                                                 [--bf16] [--compile] [--network resnet18] [--huge-pages]
//
// Needs a Python that has torch, for other networks than ResNet-18 torchvision as well. Both are measured as they come;
// PyTorch also with its tensors in channels_last and with an allocator that keeps its pages and takes huge ones (glibc),
// which is the fastest that we know of in float32. --huge-pages asks for huge pages here as well. --bf16 adds PyTorch
// under torch.autocast(bfloat16), which processors with AVX512_BF16 or AMX compute faster; --compile adds its network by
// torch.compile (with --bf16: that one), for which it needs a C++ compiler.
import { parseArgs } from 'node:util'
import { measure } from './measure.js'

const { values } = parseArgs({
  options: {
    mode: { type: 'string', default: 'train' },
    batch: { type: 'string', default: '32' },
    threads: { type: 'string', default: '2' },
    network: { type: 'string', default: 'resnet18' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    bf16: { type: 'boolean', default: false },
    compile: { type: 'boolean', default: false },
    'huge-pages': { type: 'boolean', default: false },
  },
})
const { rounds, python, bf16, compile, 'huge-pages': hugePages, ...work } = values
const NEVER = 2 ** 34
const HUGE_PAGES = 'glibc.malloc.hugetlb=1'
const keepsPages = {
  GLIBC_TUNABLES: `${HUGE_PAGES}:glibc.malloc.mmap_threshold=${NEVER}:glibc.malloc.trim_threshold=${NEVER}:glibc.malloc.arena_max=1`,
}
const pyTorch = (layout, env, flags = {}) => measure(python, 'pytorch_step.py', { ...work, layout, ...flags }, env)
const tuned = (flags) => () => pyTorch('channels_last', keepsPages, flags)
const contestants = {
  'onnx-finetune': () => measure(process.execPath, 'step.js', work, hugePages ? { GLIBC_TUNABLES: HUGE_PAGES } : {}),
  'PyTorch, channels_last, tuned allocator': tuned({}),
  ...(bf16 && { 'the same in bfloat16': tuned({ bf16 }) }),
  ...(compile && { [`the same${bf16 ? ' in bfloat16' : ''}, compiled`]: tuned({ compile, ...(bf16 && { bf16 }) }) }),
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
  console.log(`${name.padEnd(40)} ${rate.toFixed(1).padStart(6)} images/s ${memory.padStart(8)}  (${rates})${ratio}`)
}
