// One measurement: a large data set is made in a temporary directory and opened, as one line of JSON.
//
//   node bench/datasets.js --kind manifest|folder|tar --images 1000000 [--format csv|jsonl] [--directory DIR]
//
// Images are ten bytes that nothing decodes: it is the opening of a data set that is measured, its memory, a split of it
// and the order of an epoch. DIR is where the directory is made, by default that of the system: a file system in memory
// (/dev/shm) leaves the disk out, open_cpu_seconds leaves out who else is at work.

import { once } from 'node:events'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compose, createLoader, splitDataset, toTensor } from 'onnx-finetune'
import { ImageFolder, manifestDataset, tarDataset } from 'onnx-finetune/node'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'manifest' },
    images: { type: 'string', default: '1000000' },
    format: { type: 'string', default: 'csv' },
    directory: { type: 'string', default: tmpdir() },
  },
})
const images = Number(values.images)
const classes = 100
const sourceOf = (i) => `train/class-${i % classes}/${String(i).padStart(8, '0')}.jpg`

const kinds = {
  async manifest(directory) {
    const file = join(directory, `images.${values.format}`)
    const lineOf = {
      csv: (i) => `${sourceOf(i)},class-${i % classes},${1 + (i % 3)}\n`,
      jsonl: (i) => `{"source": "${sourceOf(i)}", "label": "class-${i % classes}", "weight": ${1 + (i % 3)}}\n`,
    }[values.format]
    await write(file, values.format === 'csv' ? 'source,label,weight\n' : '', lineOf)
    return () => manifestDataset(file)
  },
  async folder(directory) {
    for (let i = 0; i < classes; i++) mkdirSync(join(directory, `train/class-${i}`), { recursive: true })
    for (let i = 0; i < images; i++) writeFileSync(join(directory, sourceOf(i)), 'ten bytes.')
    return () => ImageFolder(join(directory, 'train'))
  },
  async tar(directory) {
    const shard = 10_000
    for (let from = 0; from < images; from += shard) {
      const parts = []
      for (let i = from; i < Math.min(from + shard, images); i++) {
        const key = String(i).padStart(8, '0')
        parts.push(tarFile(`${key}.jpg`, 'x'.repeat(1000)), tarFile(`${key}.cls`, String(i % classes)))
      }
      writeFileSync(
        join(directory, `${String(from / shard).padStart(4, '0')}.tar`),
        [...parts, Buffer.alloc(1024)].join(''),
      )
    }
    const last = String(Math.ceil(images / shard) - 1).padStart(4, '0')
    return () => tarDataset(join(directory, `{0000..${last}}.tar`))
  },
}

/** A file in a tar archive: its header and its bytes, each in blocks of 512. */
function tarFile(name, content) {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\u000000', 257)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0`,
    148,
  )
  return header.toString('latin1') + content.padEnd(512 * Math.ceil(content.length / 512), '\0')
}

async function write(file, first, lineOf) {
  const out = createWriteStream(file)
  let text = first
  for (let i = 0; i < images; i++) {
    text += lineOf(i)
    if (text.length < 2 ** 16 && i < images - 1) continue
    if (!out.write(text)) await once(out, 'drain')
    text = ''
  }
  out.end()
  await once(out, 'finish')
}

/** The memory that is in use. Buffers are freed by another thread, some time after their owners. */
async function keptBytes() {
  for (let i = 0; i < 5; i++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function timed(work) {
  const start = performance.now()
  const result = await work()
  return [result, Number(((performance.now() - start) / 1000).toFixed(2))]
}

const directory = mkdtempSync(join(values.directory, 'datasets-'))
try {
  const open = await kinds[values.kind](directory)
  const [kept, peak] = [await keptBytes(), process.resourceUsage().maxRSS]
  const cpu = process.cpuUsage()
  const [dataset, open_seconds] = await timed(open)
  const { user, system } = process.cpuUsage(cpu)
  const open_peak_mb = Math.round((process.resourceUsage().maxRSS - peak) / 1024)
  const bytes_per_image = Math.round(((await keptBytes()) - kept) / images)
  const [[train], split_seconds] = await timed(() => splitDataset(dataset))
  const [, order_seconds] = await timed(() => firstOf(train))
  const peak_rss_mb = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(
    JSON.stringify({
      images: dataset.samples.length,
      open_seconds,
      open_cpu_seconds: Number(((user + system) / 1e6).toFixed(2)),
      open_peak_mb,
      bytes_per_image,
      split_seconds,
      order_seconds,
      peak_rss_mb,
    }),
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}

/** Begins an epoch. No image can be decoded, so it is over before the first batch. */
async function firstOf(dataset) {
  const loader = createLoader(dataset, { transform: compose([toTensor()]), batchSize: 32, shuffle: true, workers: 0 })
  await loader
    .epoch(0)
    .next()
    .catch((error) => {
      if (error.code !== 'data/unreadable') throw error
    })
  await loader.close()
}
