import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  epochLine,
  exportClassifier,
  fineTune,
  loadBackbone,
  loadClassifier,
  paramGroups,
  replaceHead,
  sgd,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { backboneFile, backboneSizes } from '../hotdog/backbone/backbone.js'
import { drawFruit, newLime } from './fruit.js'

export interface Sizes {
  /** The number of images of each class for training. */
  readonly train: number
  /** The number of images of each class for validation. */
  readonly validation: number
  readonly epochs: number
}

/**
 * Makes a classifier from nothing: draws, fine-tunes, exports, classifies.
 *
 * @param say called with a line about each completed step; the last one is a command that can be typed
 * @returns the directory of all files
 */
export async function quickstart(say: (line: string) => void, sizes: Sizes): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'fruit-'))
  const train = await ImageFolder(await drawFruit(directory, 'train', sizes.train))
  const validation = await ImageFolder(await drawFruit(directory, 'validation', sizes.validation))
  say(`${train.samples.length} images to train on, ${validation.samples.length} to measure on: ${directory}`)

  const backbone = await loadBackbone('resnet18', { ...backboneSizes, weights: backboneFile })
  const model = replaceHead(backbone, { classes: train.classes })
  const optimizer = sgd(paramGroups(model, { lr: 0.01, momentum: 0.9, weightDecay: 1e-4 }))
  const run = fineTune(model, { train, validation, epochs: sizes.epochs, batchSize: 16, optimizer })
  for await (const event of run) if (event.type === 'epoch') say(epochLine(event))

  const file = join(directory, 'fruit.onnx')
  await exportClassifier(model, file)
  say(`the classifier: ${file}`)

  const image = join(directory, 'new.png')
  await writeFile(image, await newLime())
  const classifier = await loadClassifier(file)
  const { label, score } = await classifier.classify(image)
  await classifier.release()
  say(`an image that it has not seen, ${image} (a lime): ${label} ${(100 * score).toFixed(1)} %`)

  say('\nNext, what it gets right and wrong (your own images: docs/first-model.md):\n')
  say(`  npx onnx-finetune evaluate ${quoted(file)} ${quoted(directory)}`)
  return directory
}

/** Quotes a path for a shell, if the path of the temporary directory needs it. */
const quoted = (path: string): string => (/^[\w./:\\~-]+$/.test(path) ? path : `"${path}"`)
