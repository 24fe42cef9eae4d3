import * as z from 'zod'
import { checkArgument, kinds } from '../arguments.js'
import type { Preprocessing } from '../backbones/Backbone.js'
import { headTensors } from '../backbones/headLayers.js'
import { readNetworkInfo, writeNetworkInfo } from '../backbones/savedNetworkInfo.js'
import { baseError } from '../errors.js'
import type { Tensor } from '../onnx/graph/tensor.js'
import { weightsError } from '../weights/errors.js'
import { readSafetensors } from '../weights/readSafetensors.js'
import { writeSafetensors } from '../weights/writeSafetensors.js'
import { lora } from './lora.js'
import { type Model, modelKind } from './Model.js'

/** The key of the metadata entry that describes adapters. */
const KEY = 'lora'
const schema = z.object({
  rank: z.int().min(1),
  alpha: z.number().positive(),
  weights: z.array(z.string()).min(1),
})

/**
 * Returns the adapters of a model of `lora` as the bytes of a safetensors file, a few megabytes: the factors under the
 * names that PEFT gives them, and the head. Its metadata holds rank, alpha, classes and preprocessing.
 *
 * @throws FineTuneError 'options/invalid' for a model without adapters
 */
export function saveAdapters(model: Model): Uint8Array {
  checkArgument('saveAdapters: model', model, modelKind)
  const { adapters, architecture, classes, preprocessing, head } = model
  if (!adapters)
    throw baseError('options/invalid', {
      option: 'saveAdapters: model',
      received: architecture,
      expected: 'a model with adapters, as lora returns it',
    })
  const { rank, alpha, weights } = adapters
  const names = [...weights.flatMap(({ down, up }) => [down, up]), ...headTensors(head)]
  const facts = { rank, alpha, weights: weights.map(({ weight }) => weight) }
  const info = writeNetworkInfo({ architecture, classes, preprocessing })
  const metadata = new Map([['format', 'pt'], ...info, [KEY, JSON.stringify(facts)]])
  return writeSafetensors(new Map(names.map((name) => [name, model.get(name)])), metadata)
}

/**
 * Returns the model with the adapters and the head of a file of `saveAdapters`. The model must have the same network and
 * classes; it is not changed, and its tensors are shared.
 *
 * @throws FineTuneError 'weights/malformed', 'weights/no-adapters' for another file, 'model/no-match',
 *   'model/not-adaptable', 'model/shape', 'options/invalid'
 */
export function loadAdapters(model: Model, bytes: Uint8Array): Model {
  checkArgument('loadAdapters: model', model, modelKind)
  checkArgument('loadAdapters: bytes', bytes, kinds.bytes)
  const { tensors, metadata } = readSafetensors(bytes)
  const { rank, alpha, weights, classes, preprocessing } = factsIn(metadata)
  demandRank(tensors, rank)
  if (classes.join('\n') !== model.classes.join('\n'))
    throw baseError('options/invalid', {
      option: 'loadAdapters: model.classes',
      received: model.classes,
      expected: `the classes of the adapters: ${classes.join(', ')}`,
    })
  const adapted = lora(model, { rank, alpha, pattern: weights })
  for (const name of adapted.trainable) adapted.set(name, tensorOf(tensors, name))
  adapted.preprocessing = preprocessing
  return adapted
}

/** Checks that there is a factor of the rank that the metadata says, before memory is taken for it. */
function demandRank(tensors: ReadonlyMap<string, Tensor>, rank: number): void {
  const factors = [...tensors].filter(([name]) => name.endsWith('.lora_A.weight'))
  const isThere = factors.some(([, { dims, data }]) => dims.includes(rank) && data.length >= rank)
  if (!isThere) throw weightsError('weights/no-adapters', { problem: `factor of rank ${rank}` })
}

interface Facts extends z.output<typeof schema> {
  readonly classes: readonly string[]
  readonly preprocessing: Preprocessing
}

function factsIn(metadata: ReadonlyMap<string, string>): Facts {
  const info = readNetworkInfo(metadata)
  const facts = schema.safeParse(parsed(metadata.get(KEY)))
  if (info && facts.success) return { ...facts.data, ...info }
  throw weightsError('weights/no-adapters', { problem: info ? 'rank, alpha and weights' : 'classes and preprocessing' })
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

function tensorOf(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name)
  if (tensor) return tensor
  throw weightsError('weights/no-adapters', { problem: name })
}
