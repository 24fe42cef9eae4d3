/**
 * Trains the small backbone beside this file on drawn images, from random weights to float16 safetensors:
 *
 *     npx tsx --tsconfig examples/tsconfig.json examples/hotdog/backbone/pretrain.ts [images per class] [epochs]
 */
import { access, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  adamW,
  compose,
  fineTune,
  loadBackbone,
  normalize,
  oneCycleSchedule,
  paramGroups,
  type Random,
  randomHorizontalFlip,
  randomResizedCrop,
  replaceHead,
  saveWeights,
  toTensor,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { drawFolder } from '../../drawing/drawFolder.js'
import { backboneFile, backboneSizes } from './backbone.js'
import { sourceClasses, sourceImage } from './source/sourceTask.js'

const SEED = 0
const [images = 100, epochs = 20] = process.argv.slice(2).map(Number)
const lines: string[] = []

function log(line: string): void {
  lines.push(line)
  console.log(line)
}

/** Draws the images unless they exist: thousands of them take minutes. */
async function drawn(part: string, count: number, seed: number): Promise<string> {
  const directory = join(tmpdir(), `onnx-finetune-source-${part}-${count}-${seed}`)
  const isThere = await access(directory).then(
    () => true,
    () => false,
  )
  if (isThere) return directory
  const classes = Object.fromEntries(
    sourceClasses.map((source) => [source.name, (random: Random) => sourceImage(random, source)]),
  )
  await rm(`${directory}.part`, { recursive: true, force: true })
  await drawFolder({ directory: `${directory}.part`, classes, count, seed })
  await rename(`${directory}.part`, directory)
  return directory
}

const train = await ImageFolder(await drawn('train', images, SEED))
const validation = await ImageFolder(await drawn('test', 8, SEED + 1))
log(`${train.classes.length} classes, ${train.samples.length} + ${validation.samples.length} images, seed ${SEED}`)

const backbone = await loadBackbone('resnet18', { ...backboneSizes, weights: 'none', seed: SEED })
const model = replaceHead(backbone, { classes: train.classes, seed: SEED })
const { crop, mean, std } = model.preprocessing
const run = fineTune(model, {
  train,
  validation,
  epochs,
  batchSize: 32,
  optimizer: adamW(paramGroups(model, { lr: 2e-3, weightDecay: 0.05 })),
  schedule: ({ steps }) => oneCycleSchedule({ steps, warmupShare: 0.1 }),
  seed: SEED,
  trainTransform: compose([
    randomResizedCrop(crop, { scale: [0.6, 1] }),
    randomHorizontalFlip(),
    toTensor(),
    normalize(mean, std),
  ]),
})
for await (const event of run)
  if (event.type === 'epoch')
    log(
      `epoch ${event.epoch}: loss ${event.trainLoss.toFixed(3)}, training accuracy ${event.trainAccuracy.toFixed(3)}, ` +
        `validation accuracy ${event.validation?.accuracy.toFixed(3)}, ${event.examplesPerSecond.toFixed(0)} examples/sec`,
    )

await writeFile(backboneFile, saveWeights(model, { precision: 'float16' }))
await writeFile(new URL('pretrain.log', import.meta.url), `${lines.join('\n')}\n`)
