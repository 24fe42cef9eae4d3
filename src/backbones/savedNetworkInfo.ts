import * as z from 'zod'
import type { Preprocessing } from './Backbone.js'
import { TASKS, type Task } from './task.js'

/** The description of a model that `saveWeights` stores beside its tensors. */
export interface SavedNetworkInfo {
  readonly architecture: string
  readonly classes: readonly string[]
  /** The task, unless it is that of one class an image. */
  readonly task?: Task | undefined
  /** The number of channels of the first stage, if the architecture has such a number. */
  readonly width?: number | undefined
  /** The classes of a kept classifier that are features of the head, if there is one. */
  readonly kept?: readonly number[] | undefined
  /** The dropout in the head, if it has one. */
  readonly dropout?: number | undefined
  /** True if the head has an embedding. */
  readonly embedding?: boolean | undefined
  /** The preprocessing; `crop` is the image size. */
  readonly preprocessing: Preprocessing
}

const side = z.int().min(1)
const channels = z.array(z.number()).length(3)
const schema = z.object({
  architecture: z.string(),
  classes: z.array(z.string()).min(1),
  task: z.enum(TASKS).optional(),
  width: side.optional(),
  kept: z.array(z.int().min(0)).min(1).optional(),
  dropout: z.number().gt(0).lt(1).optional(),
  embedding: z.boolean().optional(),
  preprocessing: z.object({
    resize: z.union([side, z.tuple([side, side])]),
    crop: side,
    mean: channels,
    std: channels,
    autoOrient: z.boolean().optional(),
    grayscale: z.enum(['beforeResize', 'afterResize']).optional(),
    inexpressible: z.object({ transform: z.string(), problem: z.string() }).optional(),
  }),
})

/**
 * Returns the description as metadata of a safetensors file, whose values are text: JSON, except for architecture and task.
 */
export function writeNetworkInfo({
  architecture,
  classes,
  task,
  width,
  kept,
  dropout,
  embedding,
  preprocessing,
}: SavedNetworkInfo): Map<string, string> {
  // One order of keys: equal models make equal files.
  const { autoOrient, resize, crop, grayscale, mean, std, inexpressible } = preprocessing
  return new Map([
    ['architecture', architecture],
    ['classes', JSON.stringify(classes)],
    ...(task === undefined ? [] : [['task', task] as const]),
    ...(width === undefined ? [] : [['width', String(width)] as const]),
    ...(kept === undefined ? [] : [['kept', JSON.stringify(kept)] as const]),
    ...(dropout === undefined ? [] : [['dropout', String(dropout)] as const]),
    ...(embedding ? [['embedding', 'true'] as const] : []),
    ['imageSize', String(preprocessing.crop)],
    ['preprocessing', JSON.stringify({ autoOrient, resize, crop, grayscale, mean, std, inexpressible })],
  ])
}

/** Reads the metadata that `writeNetworkInfo` wrote; undefined for the metadata of other programs, which may use the same keys. */
export function readNetworkInfo(metadata: ReadonlyMap<string, string>): SavedNetworkInfo | undefined {
  const [architecture, task] = [metadata.get('architecture'), metadata.get('task')]
  const keys = ['classes', 'width', 'kept', 'dropout', 'embedding', 'preprocessing']
  const parsed = Object.fromEntries(keys.map((key) => [key, json(metadata.get(key))]))
  return schema.safeParse({ architecture, task, ...parsed }).data
}

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
