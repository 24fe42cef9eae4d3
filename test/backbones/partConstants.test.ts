import { expect, test } from 'vitest'
import { partConstants } from '../../src/backbones/import/partConstants.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32 } from '../../src/onnx/graph/tensor.js'

const tensor = (...dims: number[]) => float32(new Float32Array(dims.reduce((size, dim) => size * dim, 1)), dims)

/** Three convolutions, the first two with one kernel; all have one bias and one batch norm of equal tensors. */
function network() {
  const g = new GraphBuilder()
  const zeros = g.initializer('zeros', tensor(2))
  const shared = g.initializer('shared', tensor(2, 2, 1, 1))
  const other = g.initializer('other', tensor(2, 2, 1, 1))
  let x = g.input('x', 'float32', [1, 2, 4, 4])
  for (const [i, kernel] of [shared, shared, other].entries()) {
    x = g.op('Conv', [x, kernel, zeros], {}, { name: `conv${i}` })
    x = g.op('BatchNormalization', [x, zeros, zeros, zeros, zeros], {}, { name: `norm${i}` })
    x = g.op('Mul', [g.op('Relu', [x]), zeros], {}, { name: `scale${i}` })
  }
  g.output(x, 'float32', [1, 2, 4, 4])
  partConstants(g.graph)
  return g.graph
}

test('a constant of several layers is parted, one of a layer that is used twice is not', () => {
  const graph = network()
  const inputs = (name: string) => graph.nodes.find((node) => node.name === name)!.inputs.slice(1)
  const norm = ['norm0/weight', 'norm0/bias', 'norm0/running_mean', 'norm0/running_var']
  expect(inputs('conv0')).toEqual(['shared', 'zeros'])
  expect(inputs('norm0')).toEqual(norm)
  expect(inputs('conv1')).toEqual(['shared', 'zeros'])
  expect(inputs('norm1')).toEqual(norm)
  expect(inputs('conv2')).toEqual(['other', 'conv2/bias'])
  expect(inputs('norm2')).toEqual(norm.map((name) => name.replace('0', '2')))
  // Behind an activation there is no telling.
  expect([0, 1, 2].map((i) => inputs(`scale${i}`))).toEqual([['scale0/weight'], ['scale1/weight'], ['scale2/weight']])
  for (const name of new Set(graph.nodes.flatMap(({ inputs }) => inputs.slice(1))))
    expect(graph.initializers.has(name)).toBe(true)
})
