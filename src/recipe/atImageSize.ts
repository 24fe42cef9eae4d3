import { isFineTuneError } from '../errors.js'
import type { Model } from '../model/Model.js'
import { type Graph, type Node, operatorOf, type Shape } from '../onnx/graph/graph.js'
import { inferShapes } from '../onnx/shapes/inferShapes.js'
import { copyOf } from './tuning.js'

/** Operators that compute each place of a map from the places around it, or all of it: no parameter knows its size. */
const OF_ANY_MAP: ReadonlySet<string> = new Set([
  ...['Conv', 'BatchNormalization', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'],
  ...['Relu', 'LeakyRelu', 'Elu', 'Clip', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Gelu', 'Erf', 'Softplus'],
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Concat', 'Identity', 'Cast', 'Dropout'],
])

/**
 * Returns a model with the same tensors for images of another size, whose changes do not reach the first one. Undefined
 * where operators of the network depend on the size, as position embeddings do.
 */
export function atImageSize(model: Model, size: number): Model | undefined {
  const { crop, resize } = model.preprocessing
  const scaled = (length: number) => Math.round((length * size) / crop)
  const [height, width] = typeof resize === 'number' ? [resize, resize] : resize
  const other = copyOf(model, {
    ...model.preprocessing,
    resize: typeof resize === 'number' ? scaled(resize) : [scaled(height), scaled(width)],
    crop: size,
  })
  const { graph } = other
  graph.inputs = graph.inputs.map((input) => ({ ...input, shape: ['N', 3, size, size] }))
  graph.values = new Map()
  const [before, after] = [shapesOf(model.graph), shapesOf(graph)]
  if (!before || !after) return undefined
  const changes = (name: string) => String(before(name)) !== String(after(name))
  const isOfAnySize = (node: Node) =>
    OF_ANY_MAP.has(operatorOf(node)) && node.outputs.every((name) => !name || after(name)?.every((dim) => dim !== null))
  const reached = graph.nodes.filter(({ inputs, outputs }) => [...inputs, ...outputs].some(changes))
  return reached.every(isOfAnySize) ? other : undefined
}

/** Returns the shapes of values, as far as they are known; undefined where the graph cannot be computed. */
function shapesOf(graph: Graph): ((value: string) => Shape | undefined) | undefined {
  try {
    const inferred = inferShapes(graph)
    return (value) => inferred.info(value)?.shape
  } catch (error) {
    if (isFineTuneError(error, 'onnx/malformed') || isFineTuneError(error, 'onnx/no-shape-rule')) return undefined
    throw error
  }
}
