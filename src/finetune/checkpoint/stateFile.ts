import * as z from 'zod'
import { digest, digestOfJson } from '../../io/download/digest.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { StoredFile } from '../../platform/contract.js'
import { openSafetensors } from '../../weights/openSafetensors.js'
import { rawBytes, safetensorsPieces } from '../../weights/writeSafetensors.js'
import { isShallow } from './isShallow.js'
import { optimizerTensors, plainGroups, plainGroupsSchema, taken, takeOptimizer } from './optimizerTensors.js'
import { historySchema, positionSchema, type RunState } from './RunState.js'

/** The version of the format that docs/checkpoints.md describes. */
const VERSION = '1'

/** The prefixes of the weights of the best epoch and of averages, which are stored beside those of the last step. */
const BEST = 'best/'
const AVERAGE = 'average/'

/** The most steps in the header: a longer history is stored as a tensor, since readers limit the length of a header. */
const MOST_STEPS = 100_000
const HISTORY = 'run/history'

/**
 * Writes a checkpoint as the pieces of a safetensors file of any size: tensors, and in its metadata the rest as JSON.
 */
export async function statePieces(
  { weights, optimizer, averages, best, ...facts }: RunState,
  mostSteps = MOST_STEPS,
): Promise<Uint8Array[]> {
  const tensors = new Map(Object.entries(weights))
  for (const [name, tensor] of optimizerTensors(optimizer)) tensors.set(name, tensor)
  for (const [name, tensor] of Object.entries(averages ?? {})) tensors.set(`${AVERAGE}${name}`, tensor)
  for (const [name, tensor] of Object.entries(best?.weights ?? {})) tensors.set(`${BEST}${name}`, tensor)
  const isLong = facts.history.steps.length > mostSteps
  if (isLong) tensors.set(HISTORY, asTensor(facts.history))
  const { history, ...short } = facts
  const ofBest = best && { epoch: best.epoch, accuracy: best.accuracy, loss: best.loss, recall: best.recall }
  const run = JSON.stringify({ ...(isLong ? short : facts), optimizer: plainGroups(optimizer), best: ofBest })
  const metadata = [
    ['onnx-finetune.checkpoint', VERSION],
    ['run', run],
    ['sha256', await digestOf(tensors, run)],
  ] as const
  return safetensorsPieces(tensors, new Map(metadata))
}

/** JSON has null in the place of NaN. */
const numberOrNaN = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)
const schema = z.looseObject({
  identity: z.unknown().refine(isShallow, 'an object that is not so deep'),
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
  position: positionSchema,
  history: historySchema,
  best: z
    .object({ epoch: z.int().min(1), accuracy: numberOrNaN, loss: z.number(), recall: z.number().optional() })
    .optional(),
  optimizer: plainGroupsSchema,
})

/** Reads a checkpoint. @throws Error that describes the problem of the file */
export async function readState(file: StoredFile): Promise<RunState> {
  const { metadata, tensors: read } = await openSafetensors(file)
  const version = metadata.get('onnx-finetune.checkpoint')
  if (version !== VERSION) throw new Error(version ? `it has format ${version}` : 'it is no checkpoint of a run')
  const tensors = await read()
  const run = metadata.get('run') ?? ''
  if ((await digestOf(tensors, run)) !== metadata.get('sha256')) throw new Error('its SHA-256 is another')
  const told = JSON.parse(run)
  if (tensors.has(HISTORY)) told.history = fromTensor(taken(tensors, HISTORY))
  const { optimizer: groups, ...facts } = schema.parse(told)
  const optimizer = takeOptimizer(groups, tensors)
  const averages = takenUnder(AVERAGE, tensors)
  const best = takenUnder(BEST, tensors)
  return {
    ...(facts as unknown as RunState),
    optimizer,
    ...(Object.keys(averages).length > 0 && { averages }),
    ...(facts.best && { best: { ...facts.best, weights: best } }),
    weights: Object.fromEntries(tensors),
  }
}

function asTensor(data: unknown): Tensor {
  const bytes = new TextEncoder().encode(JSON.stringify(data))
  return { type: 'uint8', dims: [bytes.length], data: bytes }
}

const fromTensor = ({ data }: Tensor): unknown => JSON.parse(new TextDecoder().decode(data as Uint8Array))

/** Takes the tensors whose names begin with a prefix, by the rest of their names. */
function takenUnder(prefix: string, tensors: Map<string, Tensor>): Record<string, Tensor> {
  const names = [...tensors.keys()].filter((name) => name.startsWith(prefix))
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length), taken(tensors, name)]))
}

/** Returns the digest of the digests of all tensors and of the text, so that no buffer need hold them all. */
async function digestOf(tensors: ReadonlyMap<string, Tensor>, run: string): Promise<string> {
  const names = [...tensors.keys()].sort()
  const parts = [await digest('SHA-256', new TextEncoder().encode(run))]
  for (const name of names) {
    parts.push(name, await digest('SHA-256', rawBytes(tensors.get(name)!)))
  }
  return digestOfJson(parts)
}
