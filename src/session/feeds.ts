import { FineTuneError } from '../errors.js'
import type { ValueInfo } from '../onnx/graph.js'
import { isDims } from '../onnx/kinds.js'
import { sizeOf, type Tensor } from '../onnx/tensor.js'
import { shown } from '../shown.js'
import type { Tensors } from './messages.js'
import type { FeedFacts } from './OpenModels.js'

/**
 * Feeds are exactly the inputs that a model has, of their types and shapes.
 *
 * @throws 'session/bad-feed'
 */
export function checkFeeds(feeds: Readonly<Tensors>, inputs: readonly ValueInfo[]): void {
  for (const feed of Object.keys(feeds))
    if (!inputs.some(({ name }) => name === feed))
      throw badFeed(feed, 'a tensor', `left out: the inputs are ${inputs.map(({ name }) => name).join(', ')}`)
  for (const input of inputs) {
    const tensor = feeds[input.name]
    if (!tensor || !fits(tensor, input))
      throw badFeed(
        input.name,
        tensor ? describe(tensor.type, tensor.dims) : 'nothing',
        describe(input.type, input.shape),
      )
  }
}

/**
 * What a caller hands in as tensors are tensors, with as many elements as their shapes say.
 *
 * @param error makes the error for the first that is not
 */
export function checkTensors(
  tensors: Readonly<Record<string, unknown>>,
  error: (name: string, received: string, expected: string) => Error,
): void {
  for (const [name, value] of Object.entries(tensors)) {
    if (!looksLikeTensor(value)) throw error(name, shown(value), 'a tensor { type, dims, data }')
    const { type, dims, data } = value
    if (data.length !== sizeOf(dims))
      throw error(name, `${data.length} elements for ${describe(type, dims)}`, `a tensor of ${sizeOf(dims)} elements`)
  }
}

function looksLikeTensor(value: unknown): value is Tensor {
  try {
    const { type, dims, data } = (value ?? {}) as Partial<Tensor>
    return typeof type === 'string' && isDims(dims) && typeof data?.length === 'number'
  } catch {
    return false
  }
}

function fits({ type, dims }: Tensor, input: ValueInfo): boolean {
  if (input.type && type !== input.type) return false
  if (!input.shape) return true
  return dims.length === input.shape.length && input.shape.every((dim, i) => typeof dim !== 'number' || dim === dims[i])
}

/** What a model that is written for feeds of one size is opened for. */
export function factsOf(feeds: Readonly<Tensors>): FeedFacts {
  const named = Object.entries(feeds).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    shapes: new Map(named.map(([name, { dims }]) => [name, dims])),
    bytes: named.reduce((sum, [, { data }]) => sum + ('byteLength' in data ? data.byteLength : 0), 0),
  }
}

/** `float32[N, 3, 224, 224]` */
export function describe(type = 'tensor', shape?: readonly (number | string | null)[]): string {
  return `${type}${shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : ''}`
}

/** The error for a feed that a model does not take. */
export const badFeed = (feed: string, received: string, expected: string) =>
  new FineTuneError('session/bad-feed', { feed, received, expected })
