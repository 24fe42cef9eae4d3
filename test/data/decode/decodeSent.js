// Decodes the images that the process which forked it sends, one at a time: node decodeSent.js DECODER MAX_PIXELS. Of each it
// tells how it went, and the most memory so far.
import { readFileSync } from 'node:fs'
import { decodeImage, isFineTuneError } from '../../../dist/index.js'

const [decoder, maxPixels] = process.argv.slice(2)
console.log = () => {} // jimp's GIF reader prints what it thinks of a damaged file

async function outcomeOf(bytes) {
  try {
    const { shape, data } = await decodeImage(bytes, { decoder, maxPixels: Number(maxPixels) })
    return { shape: [...shape], values: data.length }
  } catch (error) {
    return { typed: isFineTuneError(error), code: error?.code, problem: String(error?.message ?? error) }
  }
}

const warm = readFileSync(new URL('../../golden/decode/colour.jpg', import.meta.url))
await outcomeOf(new Uint8Array(warm))
process.on('message', async (bytes) => {
  const outcome = await outcomeOf(bytes)
  process.send({ ...outcome, megabytes: process.resourceUsage().maxRSS / 1024 })
})
process.send('ready')
