import { baseError } from '../../errors.js'
import type { Graph, Node, Shape } from '../../onnx/graph/graph.js'
import { int64, type Tensor } from '../../onnx/graph/tensor.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { renameValues } from '../../onnx/transform/renameValues.js'
import { notAClassifier } from './notAClassifier.js'

export const INPUT = 'input'
export const LOGITS = 'logits'

const DEFAULT_SIZE = 224

/**
 * Changes the input to `input`, float32 [N, 3, size, size], with a symbolic batch size, and returns the size.
 *
 * @throws FineTuneError 'backbones/not-a-classifier', 'options/invalid' where the model has a size other than the
 *   requested
 */
export function setInput(graph: Graph, asked: number | undefined): number {
  const [input, ...others] = graph.inputs
  if (!input || others.length) throw notAClassifier(`it has ${describeInputs(graph)} instead of one image`)
  const { name, type, shape } = input
  if (type !== undefined && type !== 'float32') throw notAClassifier(`its input ${name} is ${type} instead of float32`)
  if (shape?.length !== 4 || shape[1] !== 3)
    throw notAClassifier(
      `its input ${name} is ${describe(shape)} instead of [N, 3, height, width] or [N, height, width, 3]`,
    )
  const size = sizeOf(shape, asked)
  const batch = shape[0]
  const fixed: Shape = [batch ?? 'N', 3, size, size]
  graph.inputs = [{ name, type: 'float32', shape: fixed }]
  if (typeof batch === 'number') freeBatch(graph, batch)
  if (name !== INPUT) {
    renameValues(graph, new Map([[INPUT, `${INPUT}/before`]]))
    renameValues(graph, new Map([[name, INPUT]]))
  }
  graph.inputs = [{ name: INPUT, type: 'float32', shape: ['N', 3, size, size] }]
  return size
}

function sizeOf(shape: Shape, asked: number | undefined): number {
  const known = shape.slice(2).filter((dim) => typeof dim === 'number')
  const size = known[0] ?? asked ?? DEFAULT_SIZE
  if (known.some((dim) => dim !== size)) throw notAClassifier(`its images are ${known.join(' x ')} pixels, not square`)
  if (asked === undefined || asked === size) return size
  const expected = `${size}, the size of the model's input`
  throw baseError('options/invalid', { option: 'loadOnnxBackbone: imageSize', received: asked, expected })
}

/** Makes the batch size symbolic in each Reshape: a model for a fixed number of images repeats that number there. */
function freeBatch(graph: Graph, batch: number): void {
  const known = inferShapes(graph)
  for (const node of graph.nodes) {
    const shape = graph.initializers.get(node.inputs[1] ?? '') as Tensor<'int64'> | undefined
    if (node.opType !== 'Reshape' || !shape || Number(shape.data[0]) !== batch) continue
    if (known.info(node.inputs[0]!)?.shape?.[0] !== batch) continue
    const name = `${node.outputs[0]}/shape`
    graph.initializers.set(name, int64(freed(node, [...shape.data])))
    node.inputs = [node.inputs[0]!, name]
  }
}

/** Returns a shape with the batch left open: 0 for "as before", unless the node keeps zeros, else -1 for the rest. */
function freed(node: Node, [, ...rest]: readonly bigint[]): bigint[] {
  if (!rest.includes(-1n)) return [-1n, ...rest]
  const { allowzero: _, ...attributes } = node.attributes
  node.attributes = attributes
  return [0n, ...rest]
}

/** Names the first inputs. tf2onnx makes some of constants that a model of Keras computed while it was built. */
const describeInputs = ({ inputs }: Graph): string => {
  const names = inputs.slice(0, 2).map(({ name }) => name)
  if (inputs.length > names.length) names.push('...')
  return inputs.length ? `${inputs.length} inputs (${names.join(', ')})` : 'no inputs'
}

const describe = (shape: Shape | undefined): string =>
  shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : 'of unknown shape'
