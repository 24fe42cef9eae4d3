import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'

const scaled = (factor: number, dims: readonly number[], name: string): Tensor<'float32'> => {
  const tensor = gaussian(dims, name)
  return float32(
    tensor.data.map((value) => value * factor),
    dims,
  )
}

/**
 * A residual network in small, with torchvision's names: stem with batch norm, ReLU and max pool, a residual block with a
 * projection, global average pool, linear head. `[N, 2, 8, 8]` to `[N, 3]`.
 */
export function residualNetwork(): Graph {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', 17]])
  const conv = (name: string, x: string, dims: number[], attributes: Record<string, number[]>) =>
    g.op('Conv', [x, g.initializer(`${name}.weight`, scaled(0.5, dims, name))], attributes, { name: `/${name}/Conv` })
  const norm = (name: string, x: string, channels: number) => {
    const vector = (part: string, of: Tensor<'float32'>) => g.initializer(`${name}.${part}`, of)
    const uniform = (seed: string) =>
      float32(
        gaussian([channels], seed).data.map((v) => 1 + 0.3 * Math.tanh(v)),
        [channels],
      )
    const inputs = [
      x,
      vector('weight', uniform(`${name}w`)),
      vector('bias', scaled(0.2, [channels], `${name}b`)),
      vector('running_mean', scaled(0.2, [channels], `${name}m`)),
      vector('running_var', uniform(`${name}v`)),
    ]
    return g.op('BatchNormalization', inputs, { epsilon: 1e-5, momentum: 0.9 }, { name: `/${name}/BatchNormalization` })
  }
  const relu = (x: string, name: string) => g.op('Relu', [x], {}, { name: `/${name}/Relu`, outputs: [`${name}.out`] })

  const input = g.input('input', 'float32', ['N', 2, 8, 8])
  const stem = relu(norm('bn1', conv('conv1', input, [4, 2, 3, 3], { pads: [1, 1, 1, 1] }), 4), 'stem')
  const pooled = g.op(
    'MaxPool',
    [stem],
    { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    { name: '/maxpool' },
  )
  const first = relu(
    norm('layer1.bn1', conv('layer1.conv1', pooled, [6, 4, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }), 6),
    'layer1.relu1',
  )
  const second = norm('layer1.bn2', conv('layer1.conv2', first, [6, 6, 3, 3], { pads: [1, 1, 1, 1] }), 6)
  const shortcut = norm(
    'layer1.downsample.1',
    conv('layer1.downsample.0', pooled, [6, 4, 1, 1], { strides: [2, 2] }),
    6,
  )
  const block = relu(g.op('Add', [second, shortcut], {}, { name: '/layer1/Add' }), 'layer1')
  const features = g.op(
    'Flatten',
    [g.op('GlobalAveragePool', [block], {}, { name: '/avgpool' })],
    {},
    { outputs: ['features'] },
  )
  const head = [
    g.initializer('fc.weight', scaled(0.5, [3, 6], 'fc')),
    g.initializer('fc.bias', scaled(0.1, [3], 'fcb')),
  ]
  g.op('Gemm', [features, ...head], { transB: 1 }, { name: '/fc/Gemm', outputs: ['logits'] })
  g.output('logits', 'float32', ['N', 3])
  return g.graph
}

/** Every initializer but the running statistics. */
export const learnable = (graph: Graph): string[] =>
  [...graph.initializers.keys()].filter((name) => !name.includes('running_') && !name.startsWith('constant'))

export const batch = (n: number): Record<string, Tensor> => ({
  input: gaussian([n, 2, 8, 8], 'input'),
  labels: int64(Array.from({ length: n }, (_, i) => i % 3)),
})
