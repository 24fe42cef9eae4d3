import { alongAxes } from '../../onnx/alongAxes.js'
import type { GraphBuilder } from '../../onnx/builder.js'
import { floatAttribute, type Graph, intAttribute, type Node } from '../../onnx/graph/graph.js'
import { interpolationOf, resizedAlong } from '../../onnx/graph/interpolation.js'
import { areKnown } from '../portable/support/lowering.js'

/** Adds other nodes in the place of one, under the names of its outputs, or the node itself. */
export type Write = (g: GraphBuilder, node: Node, graph: Graph) => void

/** The operator set since which GroupNormalization has a scale for each channel. */
const SCALE_PER_CHANNEL = 21

/** The forms of operators on images whose sizes are known. */
export const imageForms: Readonly<Record<string, Write>> = {
  /** Writes (x - mean) / deviation * scale + bias, over groups of channels. */
  GroupNormalization(g, node, graph) {
    const [x, scale, bias] = node.inputs as [string, string, string]
    const shape = sizesOf(graph, x)
    if (!shape || (graph.opsets.get('') ?? 1) < SCALE_PER_CHANNEL) return void graph.nodes.push(node)
    const mean = (value: string) => g.op('ReduceMean', [value, g.ints(2)], { keepdims: 1 })
    const grouped = g.op('Reshape', [x, g.ints(shape[0]!, intAttribute(node, 'num_groups', 1), -1)])
    const centred = g.op('Sub', [grouped, mean(grouped)])
    const variance = mean(g.op('Mul', [centred, centred]))
    const deviation = g.op('Sqrt', [g.op('Add', [variance, g.scalar(floatAttribute(node, 'epsilon', 1e-5))])])
    const even = g.op('Reshape', [g.op('Div', [centred, deviation]), g.ints(...shape)])
    const perChannel = (value: string) =>
      g.op('Reshape', [value, g.ints(...shape.map((size, axis) => (axis === 1 ? size : 1)))])
    const scaled = g.op('Mul', [even, perChannel(scale)])
    g.op('Add', [scaled, perChannel(bias)], {}, { outputs: node.outputs })
  },
  /** Writes x (bias + alpha mean)^-beta, the mean of the squares of neighbouring channels, by a pool over channels. */
  LRN(g, node, graph) {
    const [x] = node.inputs as [string]
    const shape = sizesOf(graph, x)
    if (!shape) return void graph.nodes.push(node)
    const size = intAttribute(node, 'size', 1)
    const reach = (size - 1) / 2
    const rows = g.op('Reshape', [g.op('Mul', [x, x]), g.ints(shape[0]!, 1, shape[1]!, -1)])
    const pool = { kernel_shape: [size, 1], pads: [reach, 0, reach, 0], count_include_pad: 1 }
    const mean = g.op('Reshape', [g.op('AveragePool', [rows], pool), g.ints(...shape)])
    const weighted = g.op('Mul', [mean, g.scalar(floatAttribute(node, 'alpha', 1e-4))])
    const sum = g.op('Add', [weighted, g.scalar(floatAttribute(node, 'bias', 1))])
    const factor = g.op('Pow', [sum, g.scalar(-floatAttribute(node, 'beta', 0.75))])
    g.op('Mul', [x, factor], {}, { outputs: node.outputs })
  },
  /** Writes the products with the matrices of an antialiased image, which the provider refuses when it runs. */
  Resize(g, node, graph) {
    const [x, , scales] = node.inputs as [string, string?, string?]
    const [before, after] = [x, node.outputs[0]!].map((value) => graph.info(value)?.shape)
    const kind = intAttribute(node, 'antialias', 0) === 1 ? interpolationOf(node) : ''
    if (!before || !after || typeof kind === 'string') return void graph.nodes.push(node)
    const known = graph.initializers.get(scales ?? '')?.data as Float32Array | undefined
    const matrices = before.flatMap((from, axis) => {
      const to = after[axis]
      if (typeof from !== 'number' || typeof to !== 'number' || from === to) return []
      return [resizedAlong(node, kind, { axis, rank: before.length, from, to }, known && Array.from(known))]
    })
    const resized = alongAxes(g, { value: x, rank: before.length, isTransposed: false }, matrices)
    g.op('Identity', [resized], {}, { outputs: node.outputs })
  },
  /** Writes the blocks of the image as channels. */
  SpaceToDepth(g, node, graph) {
    const [x] = node.inputs as [string]
    const shape = sizesOf(graph, x)
    if (!shape) return void graph.nodes.push(node)
    const block = intAttribute(node, 'blocksize', 1)
    const [images, channels, height, width] = shape as [number, number, number, number]
    const [rows, columns] = [height / block, width / block]
    const blocks = g.op('Reshape', [x, g.ints(images, channels, rows, block, columns, block)])
    const turned = g.op('Transpose', [blocks], { perm: [0, 3, 5, 1, 2, 4] })
    g.op('Reshape', [turned, g.ints(images, channels * block ** 2, rows, columns)], {}, { outputs: node.outputs })
  },
}

/** Returns the sizes of a value, if all are known. */
function sizesOf(graph: Graph, value: string): readonly number[] | undefined {
  const shape = graph.info(value)?.shape
  return shape && areKnown(shape) ? shape : undefined
}
