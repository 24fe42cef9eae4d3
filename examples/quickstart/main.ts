/**
 * The whole way in one minute, on pictures that it draws itself: a small ResNet learns lemons from limes.
 *
 *     npm run quickstart
 */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fineTune, loadBackbone, paramGroups, type Random, replaceHead, saveWeights, sgd } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { anyColour, type Colour, near, rgb } from '../drawing/colour.js'
import { drawFolder } from '../drawing/drawFolder.js'
import { flat } from '../drawing/inks.js'
import { disc } from '../drawing/shapes.js'
import { type Bitmap, snapshot } from '../drawing/snapshot.js'

const SIDE = 64

/** A ball in a fruit's colour on a ground of any colour, in changing light. */
const fruit =
  (colour: Colour) =>
  (random: Random): Bitmap =>
    snapshot(random, SIDE, SIDE, 0.5, (scene) => {
      scene.fill(flat(anyColour(random)))
      const place = { x: random.uniform(-0.4, 0.4), y: random.uniform(-0.4, 0.4), scale: random.uniform(0.4, 0.8) }
      scene.at(place).put(disc(1), flat(near(random, colour)), { round: 0.9, gloss: 0.3, shadow: 0.15 })
    })

const classes = { lemon: fruit(rgb(0xf0d228)), lime: fruit(rgb(0x5abe28)) }
const directory = await mkdtemp(join(tmpdir(), 'fruit-'))
await drawFolder({ directory: join(directory, 'train'), classes, count: 160, seed: 'train' })
await drawFolder({ directory: join(directory, 'test'), classes, count: 40, seed: 'test' })
console.log(`pictures: ${directory}`)

const train = await ImageFolder(join(directory, 'train'))
const validation = await ImageFolder(join(directory, 'test'))
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: SIDE, width: 16 })
const model = replaceHead(backbone, { classes: train.classes })
const groups = paramGroups(model, { lr: 0.01, momentum: 0.9, weightDecay: 1e-4 })

for await (const event of fineTune(model, { train, validation, epochs: 6, batchSize: 16, optimizer: sgd(groups) }))
  if (event.type === 'epoch')
    console.log(
      `epoch ${event.epoch}: loss ${event.trainLoss.toFixed(3)}, test acc ${event.validation?.accuracy.toFixed(3)}, ` +
        `${event.examplesPerSecond.toFixed(0)} examples/sec`,
    )

await writeFile(join(directory, 'fruit.safetensors'), saveWeights(model))
console.log(`weights:  ${join(directory, 'fruit.safetensors')}`)
