// Decodes the files of a directory in a process of its own: node decodeFiles.js DIRECTORY DECODER MAX_PIXELS. For each, a
// line of JSON about how it went, and what it took.
import { readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { decodeImage } from '../../../dist/index.js'

const [directory, decoder, maxPixels] = process.argv.slice(2)
const warm = new Uint8Array(readFileSync(new URL('../../golden/decode/colour.jpg', import.meta.url)))
await decodeImage(warm, { decoder })
for (const name of readdirSync(directory).sort((a, b) => Number(a) - Number(b))) {
  const bytes = new Uint8Array(readFileSync(join(directory, name)))
  const start = performance.now()
  const outcome = await decodeImage(bytes, { decoder, maxPixels: Number(maxPixels) }).then(
    ({ shape }) => ({ shape }),
    (error) => ({ code: error.code, problem: error.facts?.problem ?? error.message }),
  )
  const seconds = (performance.now() - start) / 1000
  // Written at once: the next file may end the process.
  writeSync(1, `${JSON.stringify({ ...outcome, seconds, megabytes: process.resourceUsage().maxRSS / 1024 })}\n`)
}
