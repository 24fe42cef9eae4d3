/** In the place of given.ts: a run whose accuracy rises and falls as `ACCURACIES` says, and what must come of it. */
import { readFile } from 'node:fs/promises'
import {
  type FineTuneEvent,
  fineTune,
  loadBackbone,
  paramGroups,
  readSafetensors,
  replaceHead,
  sgd,
} from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

const ACCURACIES = [0.5, 0.9, 0.6, 0.7, 0.8, 0.8]
const [BEST, LAST] = [2, 4]

const train = await ImageFolder('hotdog/train')
const validation = await ImageFolder('hotdog/test')
const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8 })
export const model = replaceHead(backbone, { classes: train.classes })
const optimizer = sgd(paramGroups(model, { lr: 0.01 }))
const trained = fineTune(model, { train, validation, epochs: ACCURACIES.length, batchSize: 4, optimizer, workers: 0 })

/** What the session has at the end of each epoch. */
const weights: Awaited<ReturnType<typeof trained.weights>>[] = []

export const run = (async function* (): AsyncGenerator<FineTuneEvent> {
  for await (const event of trained) {
    if (event.type === 'epoch') weights.push(await trained.weights())
    const accuracy = ACCURACIES[weights.length - 1]!
    yield event.type === 'epoch' ? { ...event, validation: { ...event.validation!, accuracy } } : event
  }
})()

/** @throws Error where the file has not the weights of the best epoch, or the model not those of the last */
export async function verify(): Promise<void> {
  if (weights.length !== LAST) throw new Error(`the loop was left in epoch ${weights.length}`)
  const saved = readSafetensors(new Uint8Array(await readFile('best.safetensors'))).tensors
  const differing = (of: (name: string) => ArrayLike<unknown>, epoch: number) =>
    [...model.parameters, ...model.buffers].filter((name) => `${of(name)}` !== `${weights[epoch - 1]![name]!.data}`)
  const ofFile = (name: string) => saved.get(name)!.data as Float32Array
  const wrong = [...differing(ofFile, BEST), ...differing((name) => model.get(name).data, LAST)]
  if (wrong.length > 0) throw new Error(`the weights of another epoch: ${wrong}`)
  if (differing(ofFile, LAST).length === 0) throw new Error('the epochs have the same weights')
}
