import type { ValueInfo } from '../../onnx/graph/graph.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { badFeed, describe } from '../protocol/checkTensors.js'
import type { Tensors } from '../protocol/HostCalls.js'
import type { FeedInfo } from './OpenModels.js'

/**
 * Checks that feeds are exactly the inputs of a model, of their types and shapes.
 *
 * @throws FineTuneError 'session/bad-feed'
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

function fits({ type, dims }: Tensor, input: ValueInfo): boolean {
  if (input.type && type !== input.type) return false
  if (!input.shape) return true
  return dims.length === input.shape.length && input.shape.every((dim, i) => typeof dim !== 'number' || dim === dims[i])
}

/** Returns the facts about feeds that a model written for feeds of one size is opened for. */
export function factsOf(feeds: Readonly<Tensors>): FeedInfo {
  const named = Object.entries(feeds).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    shapes: new Map(named.map(([name, { dims }]) => [name, dims])),
    elements: named.reduce((sum, [, { data }]) => sum + data.length, 0),
  }
}
