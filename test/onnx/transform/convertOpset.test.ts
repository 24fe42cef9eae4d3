import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type { Graph } from '../../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { convertOpset, declareOpset } from '../../../src/onnx/transform/convertOpset.js'
import { expectClose } from '../../support/compare.js'
import { runStock } from '../../support/stockRuntime.js'
import { branch, no, operators, vector, yes } from './support.js'

const x = float32(
  Array.from({ length: 24 }, (_, i) => Math.sin(i)),
  [2, 3, 4],
)

function graphOf(opset: number, write: (g: GraphBuilder) => string, shape: readonly number[]): Graph {
  const g = new GraphBuilder()
  g.graph.opsets = new Map([['', opset]])
  g.graph.irVersion = 4
  g.input('x', 'float32', x.dims)
  g.output(write(g), 'float32', shape)
  return g.graph
}

type Case = readonly [string, from: number, to: number, shape: readonly number[], (g: GraphBuilder) => string]

describe('an old graph gives the same after it is converted', () => {
  test.each<Case>([
    ['Clip with both bounds', 9, 12, [2, 3, 4], (g) => g.op('Clip', ['x'], { min: -0.5, max: 0.25 })],
    ['Clip with one bound', 9, 18, [2, 3, 4], (g) => g.op('Clip', ['x'], { max: 0.25 })],
    ['Clip without bounds', 9, 12, [2, 3, 4], (g) => g.op('Clip', ['x'])],
    ['Pad', 9, 12, [2, 5, 4], (g) => g.op('Pad', ['x'], { pads: [0, 1, 0, 0, 1, 0], value: 2 })],
    ['Slice', 9, 12, [2, 3, 2], (g) => g.op('Slice', ['x'], { starts: [1], ends: [3], axes: [2] })],
    ['Slice without axes', 9, 18, [1, 3, 4], (g) => g.op('Slice', ['x'], { starts: [1], ends: [2] })],
    ['Softmax of all behind its axis', 12, 13, [2, 12], (g) => g.op('Softmax', [g.op('Flatten', ['x'])])],
    ...(['Softmax', 'LogSoftmax', 'Hardmax'] as const).flatMap((operator) =>
      [undefined, 0, 1, 2, -1, -2].map(
        (axis): Case => [
          `${operator} of three axes, axis ${axis}`,
          ...([11, 18, [2, 3, 4], (g: GraphBuilder) => g.op(operator, ['x'], { axis })] as const),
        ],
      ),
    ),
    [
      'Softmax of a value without a declared shape',
      9,
      13,
      [2, 3, 4],
      (g) => g.op('Softmax', [g.op('Neg', ['x'])], { axis: 2 }),
    ],
    [
      'Squeeze and Unsqueeze',
      11,
      13,
      [2, 3, 4],
      (g) => g.op('Squeeze', [g.op('Unsqueeze', ['x'], { axes: [1] })], { axes: [1] }),
    ],
    ['ReduceSum', 12, 18, [2, 4], (g) => g.op('ReduceSum', ['x'], { axes: [1], keepdims: 0 })],
    ['ReduceMean of everything', 12, 18, [1, 1, 1], (g) => g.op('ReduceMean', ['x'])],
    ['ReduceL2', 17, 18, [2, 3, 1], (g) => g.op('ReduceL2', ['x'], { axes: [2] })],
    [
      'Split in lengths',
      12,
      18,
      [2, 1, 4],
      (g) => g.ops('Split', ['x'], { axis: 1, split: [1, 2] }, { outputs: 2 })[0]!,
    ],
    ['Split in equal parts', 12, 18, [1, 3, 4], (g) => g.ops('Split', ['x'], { axis: 0 }, { outputs: 2 })[1]!],
    ['Dropout', 11, 13, [2, 3, 4], (g) => g.op('Dropout', ['x'], { ratio: 0.3 })],
  ])('%s', async (name, from, to, shape, write) => {
    const before = graphOf(from, write, shape)
    const after = before.clone()
    convertOpset(after, to)
    expect(after.opsets.get('')).toBe(to)
    const output = before.outputs[0]!.name
    const [now, then] = [await runStock(after, { x }), await runStock(before, { x })]
    expect(now[output]!.dims).toEqual(then[output]!.dims)
    // Another kernel may compute a softmax.
    expectClose(now[output]!, then[output]!, name.includes('oftmax') ? 1e-6 : 0)
    expect(before.nodes, 'the graph that was copied').toEqual(graphOf(from, write, shape).nodes)
  })

  test('in a subgraph, whose constants lie around it', async () => {
    const write = (g: GraphBuilder) => {
      g.input('condition', 'bool', [])
      const clip = (name: string, max: number) => branch(name, (inner) => inner.op('Clip', ['x'], { max }))
      return g.op('If', ['condition'], { then_branch: clip('then', 0), else_branch: clip('else', -0.5) })
    }
    const before = graphOf(10, write, x.dims)
    const after = before.clone()
    convertOpset(after, 12)
    expect([...after.initializers.keys()]).toEqual(['then/Clip_1/input_2', 'else/Clip_1/input_2'])
    for (const condition of [yes, no])
      expect(await runStock(after, { x, condition })).toEqual(await runStock(before, { x, condition }))
    expect((before.nodes[0]!.attributes.then_branch!.value as Graph).nodes[0]!.inputs).toEqual(['x'])
  })
})

test('nodes of one name in two branches get constants of their own', () => {
  const clip = (max: number) =>
    branch('', (inner) => inner.op('Clip', ['x'], { max }, { outputs: ['clipped'], name: 'clip' }))
  const graph = graphOf(10, (g) => g.op('If', ['condition'], { then_branch: clip(0), else_branch: clip(-0.5) }), x.dims)
  convertOpset(graph, 12)
  const { then_branch, else_branch } = graph.nodes[0]!.attributes
  const bound = ({ value }: { value: unknown }) =>
    graph.initializers.get((value as Graph).nodes[0]!.inputs[2]!)!.data[0]
  expect([bound(then_branch!), bound(else_branch!)]).toEqual([0, -0.5])
})

test('a change that comes after the set that is asked for is not made', () => {
  const graph = graphOf(9, (g) => g.op('ReduceSum', [g.op('Clip', ['x'], { min: 0 })], { axes: [1] }), [2, 1, 4])
  convertOpset(graph, 12)
  expect(graph.nodes.map(({ inputs }) => inputs.length)).toEqual([3, 1])
  expect(graph.nodes[1]!.attributes.axes).toBeDefined()
})

test('a newer graph, and operators of other domains, stay as they are', () => {
  const newer = graphOf(20, (g) => g.op('Split', ['x']), [2, 3, 4])
  convertOpset(newer, 18)
  expect([newer.opsets.get(''), newer.nodes[0]!.attributes]).toEqual([20, {}])
  const other = graphOf(9, (g) => g.op('Clip', ['x'], { min: 0 }, { domain: 'own' }), [2, 3, 4])
  convertOpset(other, 18)
  expect(Object.keys(other.nodes[0]!.attributes)).toEqual(['min'])
})

test('whoever asks may place the constants', () => {
  const graph = graphOf(9, (g) => g.op('Clip', [g.op('Clip', ['x'], { min: 0 })], { min: 0 }), [2, 3, 4])
  const g = new GraphBuilder(graph, 'shared/')
  const asked: [Tensor, number][] = []
  convertOpset(graph, 12, (tensor, _, position) => {
    asked.push([tensor, position])
    return g.constant(tensor)
  })
  expect(asked).toEqual(Array(2).fill([float32([0], []), 1]))
  expect(graph.nodes.map(({ inputs }) => inputs[1])).toEqual(Array(2).fill('shared/constant_1'))
})

describe('another set is declared', () => {
  test('only where no node has another form there', () => {
    const relu = graphOf(20, (g) => g.op('Relu', ['x']), x.dims)
    expect([declareOpset(relu, 17), relu.opsets.get('')]).toEqual([true, 17])
    const split = graphOf(18, (g) => g.op('Split', ['x']), x.dims)
    expect([declareOpset(split, 17), split.opsets.get('')]).toEqual([false, 18])
    expect(operators(split)).toEqual(['Split'])
  })

  test('not where a node holds a subgraph, whose nodes it does not look at', () => {
    const same = (name: string) =>
      branch(name, (inner) => inner.op('Neg', [inner.initializer(`${name}.c`, vector(1, 2))]))
    const graph = graphOf(13, (g) => g.op('If', ['x'], { then_branch: same('a'), else_branch: same('b') }), [2])
    expect(declareOpset(graph, 17)).toBe(false)
  })
})
