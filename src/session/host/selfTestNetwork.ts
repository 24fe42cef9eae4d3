import { generateArtifacts } from '../../artifacts/generateArtifacts.js'
import type { TrainingArtifacts } from '../../artifacts/TrainingArtifacts.js'
import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { CAST_TO, float32, int64, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { sgd } from '../../optim/sgd.js'
import { seededRandom } from '../../random.js'

const [IMAGES, SIZE, CLASSES] = [4, 12, 4]

/** Generates the training of a network that has each kind of layer of a ResNet once. */
export function selfTestArtifacts(): Promise<TrainingArtifacts> {
  const graph = network()
  const params = [...graph.initializers.keys()].filter((name) => /\.(weight|bias|scale|shift)$/.test(name))
  return generateArtifacts(graph, {
    requiresGrad: params,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    // Momentum, because its state after one step is the gradient.
    optimizer: sgd([{ name: 'all', params, lr: 0.5 }], { momentum: 0.9 }),
  })
}

/** Returns a batch for one step: images as bytes, as training feeds them. */
export function selfTestFeeds(): Record<string, Tensor> {
  const random = seededRandom('self-test', 'images')
  const dims = [IMAGES, 3, SIZE, SIZE]
  const data = Uint8Array.from({ length: sizeOf(dims) }, () => Math.floor(random.next() * 256))
  return { bytes: { type: 'uint8', dims, data }, labels: int64(Array.from({ length: IMAGES }, (_, i) => i % CLASSES)) }
}

function network(): Graph {
  const g = new GraphBuilder()
  const random = seededRandom('self-test', 'weights')
  const weights = (name: string, dims: readonly number[], scale: number) => {
    const data = Float32Array.from({ length: sizeOf(dims) }, () => (random.next() * 2 - 1) * scale)
    return g.initializer(name, float32(data, dims))
  }
  const constant = (name: string, value: number, size: number) =>
    g.initializer(name, float32(new Float32Array(size).fill(value), [size]))
  const block = (x: string, layer: string, [inputs, outputs, stride]: readonly [number, number, number]) => {
    const kernel = weights(`${layer}.weight`, [outputs, inputs, 3, 3], 0.4)
    const conv = g.op('Conv', [x, kernel], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [stride, stride] })
    const affine = [constant(`${layer}.scale`, 1, outputs), weights(`${layer}.shift`, [outputs], 0.5)]
    const running = [constant(`${layer}.running_mean`, 0, outputs), constant(`${layer}.running_var`, 1, outputs)]
    return g.op('Relu', [g.op('BatchNormalization', [conv, ...affine, ...running])])
  }
  const bytes = g.input('bytes', 'uint8', ['N', 3, SIZE, SIZE])
  const image = g.op('Div', [g.op('Cast', [bytes], { to: CAST_TO.float32 }), g.scalar(255)])
  const pool = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }
  const first = g.op('MaxPool', [block(image, 'first', [3, 8, 1])], pool)
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [block(first, 'second', [8, 8, 2])])])
  const head = [weights('head.weight', [CLASSES, 8], 0.7), weights('head.bias', [CLASSES], 0.5)]
  const logits = g.op('Gemm', [pooled, ...head], { transB: 1 }, { outputs: ['logits'] })
  g.output(logits, 'float32', ['N', CLASSES])
  return g.graph
}
