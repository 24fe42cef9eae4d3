import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph, ValueInfo } from '../../onnx/graph/graph.js'
import { CAST_TO, float32 } from '../../onnx/graph/tensor.js'
import { compose, stepsOf } from '../../transforms/compose.js'
import type { Means } from '../../transforms/normalize.js'
import { toPlanes } from '../../transforms/toPlanes.js'
import { isPlaneWriter } from '../../transforms/toTensor.js'
import type { AnyTransform } from '../../transforms/transform.js'

/** The form in which images reach a network in training and validation. */
export interface NetworkInput {
  /** The network, from this input on. */
  readonly graph: Graph
  readonly name: string
  /** From a decoded image to that input, for each of the views. */
  readonly views: readonly AnyTransform[]
}

/**
 * Moves the end of the pipelines into the graph, where all of them end with one `toTensor`, or `toTensor` and `normalize`:
 * images then travel as bytes, a quarter of the memory, and no thread that loads them computes. The graph computes what
 * the transforms do, in their order and precision. Other pipelines, and the network, are unchanged.
 */
export function networkInput(graph: Graph, views: readonly AnyTransform[]): NetworkInput {
  const [first, ...others] = views.map((view) => stepsOf(view).at(-1))
  const isOne = others.every((last) => last?.name === first?.name && `${meansOf(last)}` === `${meansOf(first)}`)
  if (!isOne || ![first, ...others].every(isPlaneWriter)) return { graph, name: graph.inputs[0]!.name, views }
  return {
    ...normalizing(graph, first?.name === 'toTensor' ? undefined : (first!.options as unknown as Means)),
    views: views.map((view) => compose([...stepsOf(view).slice(0, -1), toPlanes()] as [AnyTransform])),
  }
}

const meansOf = (transform: AnyTransform | undefined): readonly unknown[] => {
  const { mean, std } = (transform?.options ?? {}) as Partial<Means>
  return [mean, std]
}

/** Returns the network with bytes as its input: byte / 255, then (value - mean) / std if means are given. */
function normalizing(forward: Graph, means: Means | undefined): Pick<NetworkInput, 'graph' | 'name'> {
  const graph = forward.clone()
  const [network, ...others] = graph.inputs as [ValueInfo, ...ValueInfo[]]
  const { nodes } = graph
  const g = new GraphBuilder(graph, 'normalize/')
  const name = g.fresh('bytes')
  const perChannel = (values: readonly number[]) => g.constant(float32(values, [1, values.length, 1, 1]))
  graph.inputs = [{ ...network, name, type: 'uint8' }, ...others]
  graph.nodes = []
  const value = g.op('Cast', [name], { to: CAST_TO.float32 })
  const isLast = { outputs: [network.name] }
  const unit = g.op('Div', [value, g.scalar(255)], {}, means ? {} : isLast)
  if (means) g.op('Div', [g.op('Sub', [unit, perChannel(means.mean)]), perChannel(means.std)], {}, isLast)
  graph.nodes.push(...nodes)
  return { graph, name }
}
