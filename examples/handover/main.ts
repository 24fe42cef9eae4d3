/**
 * Hands a model over to a phone: a small model is fine-tuned on this machine, and the official training artifacts are
 * written, with which Microsoft's runtime continues its training on a device (OrtTrainingSession on Android,
 * ORTTrainingSession on iOS, Ort::TrainingSession in C++).
 *
 *     npm run handover                            draws leaves of two trees, writes ./handover
 *     npm run handover -- --data DIR --out DIR    with a folder of your own for each class
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Random } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { anyColour, near, rgb } from '../drawing/colour.js'
import { drawFolder } from '../drawing/drawFolder.js'
import { flat } from '../drawing/inks.js'
import { ellipse } from '../drawing/shapes.js'
import { type Bitmap, snapshot } from '../drawing/snapshot.js'
import { FILES, fineTuneHere, writeHandover } from './handOver.js'

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'handover' },
    epochs: { type: 'string', default: '6' },
  },
})

const drawn = values.data === undefined ? await mkdtemp(join(tmpdir(), 'handover-')) : undefined
if (drawn)
  await drawFolder({ directory: drawn, classes: { beech: leaf(0xb5522a), birch: leaf(0xe0c030) }, count: 100, seed: 0 })
const images = await ImageFolder(drawn ?? values.data!)
console.log(`fine-tuning on ${images.samples.length} images of ${images.classes.join(', ')}`)
const { model, accuracy } = await fineTuneHere(images, Number(values.epochs))
if (drawn) await rm(drawn, { recursive: true })
console.log(`validation accuracy: ${accuracy.toFixed(2)}\n`)

const sizes = await writeHandover(model, values.out)
for (const [name, purpose] of Object.entries(FILES)) {
  const kilobytes = (sizes[name as keyof typeof FILES] / 1000).toFixed(0)
  console.log(`${join(values.out, name).padEnd(32)} ${kilobytes.padStart(6)} kB   ${purpose}`)
}

/** Draws a leaf of about this colour on a ground of any colour. */
function leaf(colour: number): (random: Random) => Bitmap {
  return (random) =>
    snapshot(random, 64, 64, 0.3, (scene) => {
      scene.fill(flat(anyColour(random)))
      const place = { x: random.uniform(-0.3, 0.3), y: random.uniform(-0.3, 0.3), scale: random.uniform(0.5, 0.9) }
      scene.at(place).put(ellipse(1, 0.6), flat(near(random, rgb(colour))))
    })
}
