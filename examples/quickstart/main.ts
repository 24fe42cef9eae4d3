/**
 * The whole way in one minute, on pictures that it draws itself: a small ResNet learns lemons from limes.
 *
 *     npm run quickstart
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Jimp } from 'jimp'
import { fineTune, loadBackbone, paramGroups, replaceHead, saveWeights, sgd } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

const SIDE = 64

const INKS = { lemon: [240, 210, 40], lime: [90, 190, 40] }

/** A disc in its fruit's colour on a ground of random colour, in changing light, with noise. */
async function draw(file: `${string}.png`, fruit: keyof typeof INKS): Promise<void> {
  const ground = Array.from({ length: 3 }, () => Math.random() * 255)
  const [light, radius] = [0.6 + Math.random() * 0.4, 14 + Math.random() * 12]
  const centre = Array.from({ length: 2 }, () => radius + Math.random() * (SIDE - 2 * radius))
  const image = new Jimp({ width: SIDE, height: SIDE, color: 0xff })
  image.scan((x, y, at) => {
    const inside = Math.hypot(x - centre[0]!, y - centre[1]!) < radius
    for (let c = 0; c < 3; c++)
      image.bitmap.data[at + c] = Math.min(255, (inside ? INKS[fruit] : ground)[c]! * light + Math.random() * 40)
  })
  await image.write(file)
}

const directory = await mkdtemp(join(tmpdir(), 'fruit-'))
for (const [part, count] of [
  ['train', 160],
  ['test', 40],
] as const)
  for (const fruit of ['lemon', 'lime'] as const) {
    await mkdir(`${directory}/${part}/${fruit}`, { recursive: true })
    for (let i = 0; i < count; i++) await draw(`${directory}/${part}/${fruit}/${i}.png`, fruit)
  }
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
