import { checkArgument } from '../arguments.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import type { AdaptedWeight } from './Adapters.js'
import { Model, modelKind } from './Model.js'

/**
 * Returns a plain model whose weights contain the adapters of `lora`: W + alpha / rank * B A. Its outputs are those of
 * the adapted model, to rounding. A model without adapters is returned as it is. `exportClassifier` and `saveWeights`
 * merge by themselves.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function mergeAdapters(model: Model): Model {
  checkArgument('mergeAdapters: model', model, modelKind)
  const { adapters } = model
  if (!adapters) return model
  const factors = new Set(adapters.weights.flatMap(({ down, up }) => [down, up]))
  const parameters = model.parameters.filter((name) => !factors.has(name))
  const graph = adapters.plain.clone()
  for (const name of [...parameters, ...model.buffers]) graph.initializers.set(name, model.get(name))
  const scale = adapters.alpha / adapters.rank
  for (const weight of adapters.weights) graph.initializers.set(weight.weight, merged(model, weight, scale))
  const { architecture, buffers, head, classes, task, preprocessing, warnings, kept } = model
  return new Model({ architecture, buffers, head, classes, task, preprocessing, warnings, kept, graph, parameters })
}

function merged(model: Model, { weight, form, down, up }: AdaptedWeight, scale: number): Tensor<'float32'> {
  const [old, a, b] = [weight, down, up].map((name) => model.get(name)) as [
    Tensor<'float32'>,
    Tensor<'float32'>,
    Tensor<'float32'>,
  ]
  const product = form === 'columns' ? multiply(a, b) : multiply(b, a)
  return float32(
    old.data.map((value, i) => value + scale * product[i]!),
    old.dims,
  )
}

/** Multiplies two matrices in double precision; further dimensions of the second are part of its columns. */
function multiply(left: Tensor<'float32'>, right: Tensor<'float32'>): Float64Array {
  const [rows, inner] = left.dims as [number, number]
  const columns = right.data.length / inner
  const product = new Float64Array(rows * columns)
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const factor = left.data[i * inner + k]!
      for (let j = 0; j < columns; j++) product[i * columns + j]! += factor * right.data[k * columns + j]!
    }
  return product
}
