import { Model } from '../../../src/model/Model.js'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { float32, sizeOf, type Tensor } from '../../../src/onnx/graph/tensor.js'

/** The values of tensor `k` of test/golden/depth/make.py. */
export const filled = (k: number, dims: readonly number[], scale: number, offset = 0): Tensor<'float32'> =>
  float32(
    Float32Array.from({ length: sizeOf(dims) }, (_, i) => offset + scale * Math.sin(k + 0.7 * i)),
    dims,
  )

/** The network of test/golden/depth/make.py: two blocks of convolutions, the second with a projection, and one of rows. */
export function residualModel(): Model {
  const g = new GraphBuilder()
  const parameters: string[] = []
  const buffers: string[] = []
  const parameter = (name: string, dims: readonly number[], offset = 0) => {
    const value = filled(parameters.length, dims, 0.3, offset)
    parameters.push(name)
    return g.initializer(name, value)
  }
  const buffer = (name: string, value: number, count: number) => {
    buffers.push(name)
    return g.initializer(name, float32(new Float32Array(count).fill(value), [count]))
  }
  const conv = (name: string, x: string, [from, to, kernel, stride = 1]: readonly number[]) => {
    const pad = Math.floor(kernel! / 2)
    const weight = parameter(`${name}.weight`, [to!, from!, kernel!, kernel!])
    return g.op('Conv', [x, weight], { pads: [pad, pad, pad, pad], strides: [stride, stride] })
  }
  const norm = (name: string, x: string, count: number) => {
    const affine = [parameter(`${name}.weight`, [count], 1), parameter(`${name}.bias`, [count])]
    const running = [buffer(`${name}.running_mean`, 0, count), buffer(`${name}.running_var`, 1, count)]
    return g.op('BatchNormalization', [x, ...affine, ...running])
  }
  const linear = (name: string, x: string, from: number, to: number, outputs?: string[]) => {
    const tensors = [parameter(`${name}.weight`, [to, from]), parameter(`${name}.bias`, [to])]
    return g.op('Gemm', [x, ...tensors], { transB: 1 }, outputs ? { outputs } : {})
  }
  const relu = (x: string) => g.op('Relu', [x])
  const stem = relu(conv('stem', g.input('input', 'float32', ['N', 3, 8, 8]), [3, 16, 3]))
  const narrow = relu(norm('bn1', conv('conv1', stem, [16, 16, 3]), 16))
  const first = relu(g.op('Add', [stem, norm('bn2', conv('conv2', narrow, [16, 16, 3]), 16)]))
  const wide = relu(norm('bn3', conv('conv3', first, [16, 32, 3, 2]), 32))
  const branch = norm('bn4', conv('conv4', wide, [32, 32, 3]), 32)
  const second = relu(g.op('Add', [norm('bn5', conv('conv5', first, [16, 32, 1, 2]), 32), branch]))
  const rows = g.op('Reshape', [g.op('Transpose', [second], { perm: [0, 2, 3, 1] }), g.ints(-1, 32)])
  const third = g.op('Add', [linear('fc2', relu(linear('fc1', rows, 32, 8)), 8, 32), rows])
  const tokens = g.op('Reshape', [third, g.ints(-1, 16, 32)])
  const pooled = g.op('ReduceMean', [tokens, g.ints(1)], { keepdims: 0 })
  g.output(linear('fc', pooled, 32, 3, ['logits']), 'float32', ['N', 3])
  return new Model({
    architecture: 'residual',
    graph: g.graph,
    parameters,
    buffers,
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    classes: ['a', 'b', 'c'],
    preprocessing: { resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1] },
  })
}
