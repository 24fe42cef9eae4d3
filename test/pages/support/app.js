// What a small page does, and Node too: two steps of training in a worker, export, and a classification in another.
import {
  exportClassifier,
  fineTune,
  loadBackbone,
  loadClassifier,
  paramGroups,
  replaceHead,
  rgbImage,
  saveWeights,
  sgd,
} from 'onnx-finetune'

const SIDE = 32

/** Pixels that say their class by their colour. */
const pixel = (index, at) => (at * 31 + index * 17 + ((at % 3 === 0) === (index % 2 === 0) ? 128 : 0)) % 256

/** An image file without compression, which every decoder reads alike. */
function bmp(index) {
  const bytes = new Uint8Array(54 + SIDE * SIDE * 3)
  const view = new DataView(bytes.buffer)
  bytes.set([0x42, 0x4d])
  view.setUint32(2, bytes.length, true)
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, SIDE],
    [22, SIDE],
  ])
    view.setUint32(at, value, true)
  for (const [at, value] of [
    [26, 1],
    [28, 24],
  ])
    view.setUint16(at, value, true)
  for (let at = 54; at < bytes.length; at++) bytes[at] = pixel(index, at - 54)
  return bytes
}

const dataset = {
  classes: ['blue', 'red'],
  samples: Array.from({ length: 8 }, (_, i) => ({ source: `image ${i}`, label: i % 2 })),
  read: async (index) => bmp(index),
}

/**
 * Trains three epochs, six steps, and returns the digest of the weights.
 *
 * @param {object} options
 * @param {(event: { type: string, step?: number }) => void} [onEvent]
 */
export async function digestOfTraining(options, onEvent = () => {}) {
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: SIDE, width: 8 })
  const model = replaceHead(backbone, { classes: dataset.classes })
  const optimizer = sgd(paramGroups(model, { lr: 0.05 }), { momentum: 0.9 })
  const run = fineTune(model, {
    train: dataset,
    epochs: 3,
    batchSize: 4,
    optimizer,
    workers: 1,
    threads: 1,
    ...options,
  })
  for await (const event of run) onEvent(event)
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', saveWeights(model)))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @returns {Promise<{ losses: number[], label: string, scores: number[], size: number }>} */
export async function trainAndClassify(settings = {}) {
  const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: SIDE, width: 8 })
  const model = replaceHead(backbone, { classes: dataset.classes })
  const optimizer = sgd(paramGroups(model, { lr: 0.05 }))
  const losses = []
  const run = fineTune(model, {
    train: dataset,
    epochs: 1,
    batchSize: 4,
    optimizer,
    workers: 1,
    threads: 1,
    ...settings,
  })
  for await (const event of run) if (event.type === 'step') losses.push(event.loss)
  const file = await exportClassifier(model, undefined, { threads: 1, ...settings })
  const classifier = await loadClassifier(file, { threads: 1, worker: true, ...settings })
  const image = rgbImage(
    Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, at) => pixel(1, at)),
    SIDE,
    SIDE,
  )
  const { label, scores } = await classifier.classify(image)
  await classifier.release()
  return { losses, label, scores: scores.map(({ score }) => score), size: file.length }
}
