import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  adamW,
  cosineSchedule,
  fineTune,
  freeze,
  generateArtifacts,
  type ImageDataset,
  loadBackbone,
  type Model,
  paramGroups,
  replaceHead,
  splitDataset,
} from 'onnx-finetune'

/** The files of the hand-over, and their purpose on a phone. */
export const FILES = {
  'training_model.onnx': 'one training step: images and labels in, loss and logits out, gradients into buffers',
  'eval_model.onnx': 'the same without gradients, to measure; exportModelForInference makes a classifier of it',
  'optimizer_model.onnx':
    'the AdamW update of all trainable parameters; the learning rate is set in code (default 0.001)',
  checkpoint: 'the parameters as they are now; saveCheckpoint writes them back with the optimizer state',
  'model.json': 'for the app: class names, size of the images, mean and standard deviation',
} as const

/** Trains a small model on these images, on this machine. */
export async function fineTuneHere(images: ImageDataset, epochs: number): Promise<{ model: Model; accuracy: number }> {
  const [train, validation] = splitDataset(images)
  const backbone = await loadBackbone('resnet18', { weights: 'none', width: 16, imageSize: 64 })
  const model = replaceHead(backbone, { classes: images.classes })
  const optimizer = adamW(paramGroups(model, { lr: 3e-3 }))
  const schedule = ({ steps }: { steps: number }) => cosineSchedule({ steps })
  const result = await fineTune(model, { train, validation, epochs, batchSize: 16, optimizer, schedule })
  return { model, accuracy: result.validation!.accuracy }
}

/**
 * Writes the files with which Microsoft's runtime trains the last layer on the device. Everything before it is frozen,
 * batch norm in inference mode: a phone has few images at a time, and the official runtime does not keep running
 * statistics.
 *
 * @returns the size of each file in bytes
 */
export async function writeHandover(model: Model, directory: string): Promise<Record<keyof typeof FILES, number>> {
  await mkdir(directory, { recursive: true })
  freeze(model, { upTo: 'layer4' })
  await generateArtifacts(model, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers],
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: 'adamW',
    directory,
  })
  const { classes, inputSize, preprocessing } = model
  const { mean, std } = preprocessing
  await writeFile(join(directory, 'model.json'), JSON.stringify({ classes, inputSize, mean, std }, null, 2))
  const sizes = await Promise.all(
    Object.keys(FILES).map(async (name) => [name, (await stat(join(directory, name))).size]),
  )
  return Object.fromEntries(sizes)
}
