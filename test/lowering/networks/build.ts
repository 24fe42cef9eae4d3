import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, int64, sizeOf, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { type Random, seededRandom } from '../../../src/random.js'
import type { Description } from './description.js'
import { addHead } from './head.js'
import { addLayer } from './layers.js'

/** A value of the network: its name and sizes, without the batch. */
export interface FeatureMap {
  readonly name: string
  readonly channels: number
  readonly height: number
  readonly width: number
}

export const CLASSES = 3

/** What layers write: nodes, parameters, and the values that later layers may read. */
export class NetworkWriter {
  readonly g = new GraphBuilder()
  readonly maps: FeatureMap[] = []
  readonly filters: { readonly name: string; readonly dims: readonly number[] }[] = []
  readonly norms: { readonly scale: string; readonly bias: string; readonly channels: number }[] = []
  readonly learnable: string[] = []
  readonly random: Random

  constructor(readonly network: Description) {
    this.random = seededRandom('network', network.seed)
    const { channels, size, symbolic, batch } = network
    const [height, width] = size
    this.g.input('x', 'float32', [symbolic.batch ? 'N' : batch, channels, ...(symbolic.size ? ['H', 'W'] : size)])
    this.maps.push({ name: 'x', channels, height, width })
  }

  /** The value so many back. */
  back(count: number): FeatureMap {
    return this.maps[Math.max(0, this.maps.length - 1 - count)]!
  }

  normal(dims: readonly number[], scale = 1): Tensor<'float32'> {
    return float32(
      Float32Array.from({ length: sizeOf(dims) }, () => this.random.normal() * scale),
      dims,
    )
  }

  uniform(dims: readonly number[], low: number, high: number): Tensor<'float32'> {
    return float32(
      Float32Array.from({ length: sizeOf(dims) }, () => this.random.uniform(low, high)),
      dims,
    )
  }

  parameter(stem: string, tensor: Tensor): string {
    const name = this.state(stem, tensor)
    this.learnable.push(name)
    return name
  }

  /** What is no parameter: running statistics. */
  state(stem: string, tensor: Tensor): string {
    return this.g.initializer(this.g.fresh(stem), tensor)
  }
}

export interface Network {
  readonly graph: Graph
  readonly requiresGrad: readonly string[]
  readonly frozenParams: readonly string[]
  readonly outputs: readonly string[]
  readonly feeds: Readonly<Record<string, Tensor>>
}

export function buildNetwork(network: Description): Network {
  const writer = new NetworkWriter(network)
  for (const layer of network.layers) addLayer(writer, layer)
  addHead(writer, network.head)
  const { graph } = writer.g
  graph.opsets = new Map([['', network.opset]])
  const reached = readBy(graph, 'logits')
  const parameters = writer.learnable.filter((name) => reached.has(name))
  const isFrozen = (i: number) => network.frozen.includes(i % 8) && i < parameters.length - 1
  const asked = network.outputs.map((count) => writer.back(count).name).filter((name) => name !== 'x')
  return {
    graph,
    requiresGrad: parameters.filter((_, i) => !isFrozen(i)),
    frozenParams: network.frozenInModel ? [] : parameters.filter((_, i) => isFrozen(i)),
    outputs: [...new Set([...asked, 'logits'])],
    feeds: feedsOf(writer, network),
  }
}

/** Every value that a value depends on. */
function readBy(graph: Graph, value: string): Set<string> {
  const reached = new Set([value])
  for (const { inputs, outputs } of graph.nodes.toReversed())
    if (outputs.some((output) => reached.has(output))) for (const input of inputs) reached.add(input)
  return reached
}

function feedsOf(writer: NetworkWriter, { batch, channels, size, bytes }: Description): Record<string, Tensor> {
  const dims = [batch, channels, ...size]
  const images = bytes ? writer.uniform(dims, 0, 256) : writer.normal(dims)
  const x = bytes ? float32(images.data.map(Math.floor), dims) : images
  return { x, labels: int64(Array.from({ length: batch }, () => writer.random.integer(0, CLASSES - 1))) }
}
