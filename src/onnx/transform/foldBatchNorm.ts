import { namesIn, unusedNames } from '../format/names.js'
import { floatAttribute, type Graph, type GraphIndex, indexGraph, intAttribute, type Node } from '../graph/graph.js'
import { float32, type Tensor } from '../graph/tensor.js'

/**
 * Folds each BatchNormalization that follows a Conv into it:
 *
 *     (w * x + b - mean) * s + bias  =  (s w) * x + ((b - mean) s + bias)  with  s = scale / sqrt(var + epsilon)
 *
 * in float64 arithmetic, rounded once. Any number of axes and groups. It is not folded if it is in training mode, if
 * one of its tensors is computed or not float32, or if something else reads the convolution's result as well.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const folded = graph.clone()
  const index = indexGraph(folded)
  const gone = new Set<Node>()
  const unused = unusedNames(namesIn(folded))
  for (const norm of folded.nodes) {
    const conv = norm.opType === 'BatchNormalization' ? convBefore(norm, folded, index) : undefined
    const tensors = conv && constantsOf(conv, norm, folded)
    if (!tensors) continue
    const { weight, bias } = fold(tensors, floatAttribute(norm, 'epsilon', 1e-5))
    const [x, name] = conv.inputs as [string, string]
    const shared = index.consumers.get(name)!.length > 1
    const weightName = shared ? unused(name) : name
    const biasName = unused(name.replace(/weight$/, 'bias'))
    folded.initializers.set(weightName, weight).set(biasName, bias)
    conv.inputs = [x, weightName, biasName]
    conv.outputs = [norm.outputs[0]!]
    gone.add(norm)
  }
  folded.nodes = folded.nodes.filter((node) => !gone.has(node))
  return folded
}

interface FoldTensors {
  readonly weight: Tensor<'float32'>
  readonly bias: Tensor<'float32'> | undefined
  readonly norm: readonly Tensor<'float32'>[]
}

/** Returns the convolution whose result only this batch norm reads. */
function convBefore(norm: Node, graph: Graph, { producer, consumers }: GraphIndex): Node | undefined {
  const value = norm.inputs[0]!
  const conv = producer.get(value)
  const inference = intAttribute(norm, 'training_mode', 0) === 0 && intAttribute(norm, 'spatial', 1) === 1
  const alone = consumers.get(value)!.length === 1 && graph.outputs.every(({ name }) => name !== value)
  const oneOutput = norm.outputs.slice(1).every((output) => !output)
  return conv?.opType === 'Conv' && conv.domain === '' && inference && alone && oneOutput ? conv : undefined
}

function constantsOf(conv: Node, norm: Node, graph: Graph): FoldTensors | undefined {
  const overridable = new Set(graph.inputs.map(({ name }) => name))
  const constant = (name: string | undefined): Tensor<'float32'> | undefined => {
    const tensor = name && !overridable.has(name) ? graph.initializers.get(name) : undefined
    return tensor?.type === 'float32' ? (tensor as Tensor<'float32'>) : undefined
  }
  const weight = constant(conv.inputs[1])
  const bias = constant(conv.inputs[2])
  const rest = norm.inputs.slice(1, 5).map(constant)
  if (!weight || (conv.inputs[2] && !bias) || rest.length < 4 || rest.includes(undefined)) return undefined
  return { weight, bias, norm: rest as Tensor<'float32'>[] }
}

function fold({ weight, bias, norm }: FoldTensors, epsilon: number) {
  const [scale, shift, mean, variance] = norm.map(({ data }) => data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const channels = weight.dims[0]!
  const size = weight.data.length / channels
  const newWeight = new Float32Array(weight.data.length)
  const newBias = new Float32Array(channels)
  for (let c = 0; c < channels; c++) {
    const factor = scale[c]! / Math.sqrt(variance[c]! + epsilon)
    for (let i = c * size; i < (c + 1) * size; i++) newWeight[i] = weight.data[i]! * factor
    newBias[c] = ((bias?.data[c] ?? 0) - mean[c]!) * factor + shift[c]!
  }
  return { weight: float32(newWeight, weight.dims), bias: float32(newBias, [channels]) }
}
