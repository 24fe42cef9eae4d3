import type { Model } from '../../model/Model.js'
import { type Graph, type Node, type ValueInfo, valuesReadBy } from '../../onnx/graph/graph.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { extractGraph } from '../../onnx/transform/extractGraph.js'
import { dependentValues } from '../../onnx/transform/reachability.js'
import { isDropout } from '../../onnx/transform/removeDropout.js'

/** A model cut in two, before the first trainable parameter. */
export interface SplitModel {
  /** The values that the frozen front passes to the rest, with a batch of any size as first dimension. */
  readonly features: readonly ValueInfo[]
  /** The part from the images to the features. */
  readonly front: Graph
  /** The rest: from the features to the logits, with every tensor that it reads. */
  readonly tail: Graph
}

/**
 * Splits a model after its frozen front: everything that depends neither on a trainable parameter nor on dropout. Undefined if there
 * is none, since then the features would be the images themselves.
 */
export function splitAtTrainable({
  graph: forward,
  trainable,
}: Pick<Model, 'graph' | 'trainable'>): SplitModel | undefined {
  const graph = inferShapes(forward)
  // What dropout makes differs from step to step.
  const drawn = graph.nodes.filter(isDropout).flatMap(({ outputs }) => outputs)
  const trained = dependentValues(graph, [...trainable, ...drawn])
  const seen = dependentValues(graph, userInputs(graph))
  // What depends on neither is worked out from constants: it is part of whichever needs it.
  const isFront = ({ outputs }: Node) => outputs.some((value) => seen.has(value) && !trained.has(value))
  const rest = graph.nodes.filter((node) => !isFront(node))
  const read = new Set([...rest.flatMap(valuesReadBy), ...graph.outputs.map(({ name }) => name)])
  const made = new Set(rest.flatMap(({ outputs }) => outputs))
  const features = [...seen].filter((value) => read.has(value) && !made.has(value)).map((value) => graph.info(value)!)
  if (!features.every((feature) => isFeature(feature, graph))) return undefined
  return {
    features,
    front: extractGraph(graph, graph.inputs, features),
    tail: extractGraph(graph, features, graph.outputs),
  }
}

/** Returns the bytes of one image's features. */
export const bytesOf = ({ features }: SplitModel): number =>
  features.reduce((sum, { shape }) => sum + 4 * (shape!.slice(1) as number[]).reduce((size, dim) => size * dim, 1), 0)

const userInputs = (graph: Graph): string[] =>
  graph.inputs.map(({ name }) => name).filter((name) => !graph.initializers.has(name))

/** Tells whether a value is a feature: float32, a row for each image, of known shape, and not the images. */
const isFeature = ({ name, type, shape }: ValueInfo, graph: Graph): boolean =>
  !graph.inputs.some((input) => input.name === name) &&
  type === 'float32' &&
  typeof shape?.[0] === 'string' &&
  shape[0] === graph.inputs[0]?.shape?.[0] &&
  shape.slice(1).every((dim) => typeof dim === 'number')
