/**
 * Hot dog or not: an ImageNet ResNet-18 fine-tuned on photographs, by the recipe of the lesson.
 *
 *     npm run hotdog -- --data DIR --weights FILE [--scratch] [--epochs N] [--batch N] [--seed N] [--save FILE]
 *
 * DIR holds train/ and test/, each with a folder per class; FILE is a ResNet-18 as safetensors with torchvision's names.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  centerCrop,
  compose,
  type EpochEvent,
  fineTune,
  isFineTuneError,
  loadBackbone,
  normalize,
  paramGroups,
  replaceHead,
  resize,
  saveWeights,
  sgd,
  toTensor,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

const USAGE = `Fine-tunes a ResNet-18 on pictures of hot dogs and of other things.

  npm run hotdog -- --data DIR --weights FILE [options]

  --data DIR      folder with train/ and test/, each with a folder of pictures for every class
  --weights FILE  ImageNet ResNet-18, safetensors with torchvision's names
  --scratch       begin with random weights instead, at one learning rate for all layers
  --epochs N      passes over the training pictures (5)
  --batch N       pictures per step (128)
  --lr X          learning rate of the backbone, for a summed loss (5e-5; with --scratch 5e-4); the head gets ten times that
  --seed N        decides head, shuffling and augmentation (0)
  --threads N     threads of the arithmetic (all processors)
  --save FILE     where the trained weights go (hotdog.safetensors)`

async function main(): Promise<void> {
  const options = readOptions()
  const { data, scratch, seed } = options
  const [train, validation] = await Promise.all([ImageFolder(join(data, 'train')), ImageFolder(join(data, 'test'))])

  const backbone = await loadBackbone('resnet18', { weights: scratch ? 'none' : options.weights, seed })
  const model = replaceHead(backbone, { classes: train.classes, seed })
  const groups = paramGroups(model, { lr: options.lr, headLrMultiplier: scratch ? 1 : 10, weightDecay: 1e-3 })

  const { mean, std } = model.preprocessing
  const run = fineTune(model, {
    train,
    validation,
    epochs: options.epochs,
    batchSize: options.batch,
    optimizer: sgd(groups),
    lossReduction: 'sum',
    seed,
    ...(options.threads && { threads: options.threads }),
    validationTransform: compose([resize([256, 256]), centerCrop(224), toTensor(), normalize(mean, std)]),
  })
  for await (const event of run) if (event.type === 'epoch') console.log(epochLine(event))

  await writeFile(options.save, saveWeights(model))
  console.log(`weights: ${options.save}`)
}

function epochLine({ epoch, trainLoss, trainAccuracy, validation, examplesPerSecond }: EpochEvent): string {
  return [
    `epoch ${epoch}: loss ${trainLoss.toFixed(3)}`,
    `train acc ${trainAccuracy.toFixed(3)}`,
    `test acc ${validation?.accuracy.toFixed(3)}`,
    `${examplesPerSecond.toFixed(1)} examples/sec`,
  ].join(', ')
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      weights: { type: 'string' },
      scratch: { type: 'boolean', default: false },
      epochs: { type: 'string', default: '5' },
      batch: { type: 'string', default: '128' },
      lr: { type: 'string' },
      seed: { type: 'string', default: '0' },
      threads: { type: 'string' },
      save: { type: 'string', default: 'hotdog.safetensors' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) stop(USAGE, 0)
  if (!values.data) stop(`--data is missing\n\n${USAGE}`)
  if (!values.weights && !values.scratch) stop(`--weights or --scratch is missing\n\n${USAGE}`)
  return {
    data: values.data,
    weights: values.weights ?? 'none',
    scratch: values.scratch,
    epochs: number('epochs', values.epochs),
    batch: number('batch', values.batch),
    lr: number('lr', values.lr ?? (values.scratch ? '5e-4' : '5e-5')),
    seed: number('seed', values.seed),
    threads: values.threads === undefined ? undefined : number('threads', values.threads),
    save: values.save,
  }
}

function number(name: string, text: string): number {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? stop(`--${name} must be a number. Received: ${text}`) : value
}

function stop(text: string, code = 2): never {
  if (code === 0) console.log(text)
  else console.error(text)
  process.exit(code)
}

try {
  await main()
} catch (error) {
  if (!isFineTuneError(error)) throw error
  stop(error.message, 1)
}
