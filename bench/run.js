// Every measurement of this folder, each in a process of its own, as a table and as JSON.
//
//   npm run bench -- [--data DIR] [--batches 8,32] [--threads N] [--seconds 10] [--json FILE]
//
// DIR holds a folder of images for every class; without it, images of noise are drawn. Timings mean something on a
// quiet machine only; to compare two versions, run them in turn.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawImages } from './images.js'
import { measure } from './measure.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    batches: { type: 'string', default: '8,32' },
    threads: { type: 'string', default: String(availableParallelism()) },
    seconds: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
})
const batches = values.batches.split(',').map(Number)
const data = values.data ?? (await drawImages(mkdtempSync(join(tmpdir(), 'bench-'))))
const results = []

console.log(`${cpus()[0].model}, ${values.threads} threads, Node ${process.version}\n`)
for (const mode of ['train', 'layer4', 'head', 'infer'])
  for (const batch of mode === 'infer' ? [1, ...batches] : batches)
    report(`${mode} step, batch ${batch}`, 'step.js', {
      mode,
      batch,
      threads: values.threads,
      seconds: values.seconds,
    })
for (const decoder of ['sharp', 'jimp']) report(`loader, ${decoder}`, 'loader.js', { data, decoder })
for (const decoder of ['sharp', 'jimp'])
  report(`train epochs, ${decoder}`, 'epoch.js', { data, decoder, threads: values.threads, epochs: 2 })
report('head epochs, features cached', 'epoch.js', { data, mode: 'head', 'cache-features': true, epochs: 3 })

const { longest_ms: milliseconds, longest_cpu_ms: computing } = measure(process.execPath, 'pauses.js', { batch: 32 })
results.push({ name: 'longest pause, batch 32', milliseconds, computing })
console.log(`longest pause of the calling thread, batch 32: ${milliseconds} ms, ${computing} of them computing`)

if (values.json) writeFileSync(values.json, `${JSON.stringify(results, undefined, 2)}\n`)
if (!values.data) rmSync(data, { recursive: true })

function report(name, script, options) {
  const { step_share: shares, peak_rss_mb: megabytes, ...rates } = measure(process.execPath, script, options)
  results.push({ name, ...options, ...rates, ...(shares && { step_share: shares }), peak_rss_mb: megabytes })
  const perSecond = Object.values(rates).flat().join(', ')
  const inSteps = shares ? `  in steps: ${shares.map((share) => `${Math.round(100 * share)} %`).join(', ')}` : ''
  console.log(`${name.padEnd(30)} ${perSecond.padStart(20)} images/s ${String(megabytes).padStart(6)} MB${inSteps}`)
}
