import { GraphBuilder } from '../../onnx/builder.js'
import { type Graph, valuesReadBy } from '../../onnx/graph/graph.js'
import { float32, type Tensor } from '../../onnx/graph/tensor.js'
import { eliminateDeadNodes } from '../../onnx/transform/eliminateDeadNodes.js'
import { renameValues } from '../../onnx/transform/renameValues.js'
import type { Head } from '../Backbone.js'
import type { ConvHead } from './convHead.js'
import type { DenseHead, FoundHead } from './findHead.js'
import { notAClassifier } from './notAClassifier.js'
import { LOGITS } from './setInput.js'

/**
 * Cuts the graph after the last layer: a Gemm with weight [classes, features] and bias [classes], as torch has it, or a
 * 1 x 1 Conv with the mean over the image. Its result is the single output `logits`. Nodes and constants that are not
 * needed for it are dropped.
 */
export function cutAtHead(graph: Graph, found: FoundHead): Head {
  const [weight, bias] = found.kind === 'dense' ? denseTensors(graph, found) : convTensors(graph, found)
  graph.outputs = [{ name: found.features }]
  eliminateDeadNodes(graph)
  // The names of the ends are taken.
  renameValues(graph, new Map([[LOGITS, `${LOGITS}/before`]]))
  const features = graph.outputs[0]!.name

  const g = new GraphBuilder(graph)
  // A weight that another layer reads too gets a name of its own here.
  const used = new Set(graph.nodes.flatMap(valuesReadBy))
  const name = (own: string) => (used.has(own) ? g.fresh(own) : own)
  const head = { weight: name(found.weight), bias: name(found.bias ?? biasName(found.weight)) }
  g.initializer(head.weight, weight)
  g.initializer(head.bias, bias)
  const inputs = [features, head.weight, head.bias]
  if (found.kind === 'dense') g.op('Gemm', inputs, { transB: 1 }, { outputs: [LOGITS], name: g.fresh('head') })
  else addConvHead(g, found, inputs)
  graph.outputs = [{ name: LOGITS, type: 'float32', shape: ['N', bias.dims[0]!] }]
  return head
}

function addConvHead(g: GraphBuilder, { relu, pooled }: ConvHead, inputs: readonly string[]): void {
  let scores = g.op('Conv', inputs, { kernel_shape: [1, 1] })
  if (relu) scores = g.op('Relu', [scores])
  if (pooled) scores = g.op('GlobalAveragePool', [scores])
  g.op('Flatten', [scores], {}, { outputs: [LOGITS], name: g.fresh('head') })
}

function convTensors({ initializers }: Graph, found: ConvHead): [Tensor<'float32'>, Tensor<'float32'>] {
  const weight = initializers.get(found.weight) as Tensor<'float32'>
  const bias = initializers.get(found.bias ?? '') as Tensor<'float32'> | undefined
  return [weight, bias ?? float32(new Float32Array(weight.dims[0]!), [weight.dims[0]!])]
}

function denseTensors({ initializers }: Graph, found: DenseHead): [Tensor<'float32'>, Tensor<'float32'>] {
  const weight = initializers.get(found.weight) as Tensor<'float32'>
  const [rows, columns] = weight.dims as [number, number]
  const [classes, features] = found.transposed ? [rows, columns] : [columns, rows]
  const [across, down] = found.transposed ? [1, columns] : [columns, 1]
  const matrix = new Float32Array(classes * features)
  for (let i = 0; i < classes; i++)
    for (let j = 0; j < features; j++) matrix[i * features + j] = found.alpha * weight.data[i * down + j * across]!
  const old = found.bias === undefined ? new Float32Array(1) : (initializers.get(found.bias)!.data as Float32Array)
  if (old.length !== classes && old.length !== 1)
    throw notAClassifier(`the bias of its last layer has ${old.length} numbers for ${classes} classes`)
  const vector = Float32Array.from({ length: classes }, (_, i) => found.beta * old[old.length === 1 ? 0 : i]!)
  return [float32(matrix, [classes, features]), float32(vector, [classes])]
}

/** `fc.bias` for `fc.weight`. */
const biasName = (weight: string): string =>
  weight.endsWith('weight') ? `${weight.slice(0, -'weight'.length)}bias` : `${weight}.bias`
