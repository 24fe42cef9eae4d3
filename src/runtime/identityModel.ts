import { GraphBuilder } from '../onnx/builder.js'
import { writeModel } from '../onnx/format/write.js'
import type { DataType } from '../onnx/graph/tensor.js'

/** Returns a model of one Identity, from `from` to `to`, of any shape. */
export function identityModel(type: DataType): Uint8Array {
  const g = new GraphBuilder()
  g.op('Identity', ['from'], {}, { outputs: ['to'] })
  g.graph.inputs = [{ name: 'from', type }]
  g.graph.outputs = [{ name: 'to', type }]
  return writeModel(g.graph)
}
