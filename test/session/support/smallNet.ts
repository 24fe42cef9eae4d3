import { readBytes } from '#platform'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, int64, sizeOf, type Tensor } from '../../../src/onnx/graph/tensor.js'
import type { ParamGroup } from '../../../src/optim/Optimizer.js'

/** A small convolutional network and three steps of its training in PyTorch (test/golden/session/make.py). */
const facts = JSON.parse(new TextDecoder().decode(await read('session.json'))) as {
  labels: number[][]
  losses: number[]
  evaluation: number
  tensors: Record<string, { offset: number; dims: number[] }>
}
const blob = (await read('session.bin')).slice()
const numbers = new Float32Array(blob.buffer, 0, blob.length / 4)

function read(file: string) {
  return readBytes(new URL(`../../golden/session/${file}`, import.meta.url))
}

function tensor(name: string): Tensor<'float32'> {
  const { offset, dims } = facts.tensors[name]!
  return float32(numbers.slice(offset, offset + sizeOf(dims)), dims)
}

/** The tensors whose name begins so, without that. */
function tensors(prefix: string): Record<string, Tensor<'float32'>> {
  const names = Object.keys(facts.tensors).filter((name) => name.startsWith(`${prefix}/`))
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length + 1), tensor(name)]))
}

export const golden = {
  losses: facts.losses,
  evaluation: facts.evaluation,
  logits: tensor('logits'),
  start: tensors('start'),
  end: tensors('end'),
  gradients: tensors('gradient'),
}

/** The feeds of step 0, 1 or 2, or some of their examples. */
export function batch(step: number, from = 0, to = 5): Record<string, Tensor> {
  const [size, all] = [3 * 8 * 8, tensor('inputs').data]
  const data = all.slice((step * 5 + from) * size, (step * 5 + to) * size)
  return { input: float32(data, [to - from, 3, 8, 8]), labels: int64(facts.labels[step]!.slice(from, to)) }
}

export const statistics = Object.keys(golden.start).filter((name) => name.includes('running'))
export const parameters = Object.keys(golden.start).filter((name) => !statistics.includes(name))
const head = parameters.filter((name) => name.startsWith('fc'))
export const groups: ParamGroup[] = [
  { name: 'body', params: parameters.filter((name) => !head.includes(name)), lr: 0.05 },
  { name: 'head', params: head, lr: 0.5 },
]

/** The network in inference form, with or without its batch normalizations. */
export function smallNet(batchNorm = true, size = 8): Graph {
  const g = new GraphBuilder()
  const p = (name: string) => {
    if (!g.graph.initializers.has(name)) g.initializer(name, golden.start[name]!)
    return name
  }
  const norm = (x: string, name: string) =>
    batchNorm
      ? g.op('BatchNormalization', [
          x,
          ...['weight', 'bias', 'running_mean', 'running_var'].map((of) => p(`${name}.${of}`)),
        ])
      : x
  let x = g.input('input', 'float32', ['N', 3, size, size])
  x = g.op('Conv', [x, p('conv1.weight')], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] })
  x = g.op('Relu', [norm(x, 'bn1')])
  const strided = { pads: [1, 1, 1, 1], kernel_shape: [3, 3], strides: [2, 2] }
  x = g.op('Conv', [x, p('conv2.weight')], strided)
  x = g.op('Relu', [norm(x, 'bn2')])
  x = g.op('Flatten', [g.op('GlobalAveragePool', [x])])
  g.output(g.op('Gemm', [x, p('fc.weight'), p('fc.bias')], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 3])
  return g.graph
}
