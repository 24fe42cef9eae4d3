import {
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  TensorProto_DataLocation,
} from './gen/onnx_pb.js'

/** Returns every tensor of a model, at any depth, whose elements are in another file. */
export function externalTensorsOf(model: ModelProto): TensorProto[] {
  const nodes = model.functions.flatMap(({ node }) => node)
  const tensors = [...(model.graph ? tensorsOf(model.graph) : []), ...nodes.flatMap((node) => [...tensorsOfNode(node)])]
  return tensors.filter(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL)
}

function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer
  for (const { values, indices } of graph.sparseInitializer) yield* present([values, indices])
  for (const node of graph.node) yield* tensorsOfNode(node)
}

function* tensorsOfNode({ attribute }: NodeProto): Generator<TensorProto> {
  for (const { t, tensors, sparseTensor, sparseTensors, g, graphs } of attribute) {
    yield* present([t, ...tensors])
    for (const { values, indices } of present([sparseTensor, ...sparseTensors])) yield* present([values, indices])
    for (const graph of present([g, ...graphs])) yield* tensorsOf(graph)
  }
}

const present = <T>(items: readonly (T | undefined)[]): T[] => items.filter((item) => item !== undefined)
