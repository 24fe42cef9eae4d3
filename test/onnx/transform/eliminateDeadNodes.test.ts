import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { eliminateDeadNodes } from '../../../src/onnx/transform/eliminateDeadNodes.js'
import { branch, operators, vector } from './support.js'

describe('what no output depends on goes', () => {
  test('nodes, the nodes before them, initializers and declared values', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [2])
    for (const name of ['used', 'unused']) {
      g.initializer(`${name}.weight`, vector(1, 2))
      g.op('Mul', ['x', `${name}.weight`], {}, { outputs: [`${name}.product`] })
      g.op('Relu', [`${name}.product`], {}, { outputs: [name] })
      for (const value of [`${name}.product`, name]) g.graph.values.set(value, { name: value, type: 'float32' })
    }
    g.output('used', 'float32', [2])
    eliminateDeadNodes(g.graph)
    expect(operators(g.graph)).toEqual(['Mul', 'Relu'])
    expect([...g.graph.initializers.keys()]).toEqual(['used.weight'])
    expect([...g.graph.values.keys()]).toEqual(['used.product', 'used'])
  })

  test('a node whose only output is left out, though other nodes leave inputs out', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [2])
    g.ops('Dropout', ['x'], {}, { outputs: ['unread', ''] })
    g.op('Clip', ['x', '', 'x'], {}, { outputs: ['y'] })
    g.output('y', 'float32', [2])
    eliminateDeadNodes(g.graph)
    expect(operators(g.graph)).toEqual(['Clip'])
  })

  test('optional outputs, from the last: of operators that take time for them', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [1, 2, 4, 4])
    g.ops('MaxPool', ['x'], { kernel_shape: [2, 2] }, { outputs: ['pooled', 'indices'] })
    g.ops('LayerNormalization', ['x', 'x'], {}, { outputs: ['normal', 'mean', 'deviation'] })
    g.ops('Split', ['x'], { axis: 1 }, { outputs: ['left', 'right'] })
    for (const output of ['pooled', 'normal', 'deviation', 'left']) g.output(output, 'float32', [])
    eliminateDeadNodes(g.graph)
    expect(g.graph.nodes.map(({ outputs }) => outputs)).toEqual([
      ['pooled'],
      ['normal', '', 'deviation'],
      ['left', 'right'],
    ])
  })
})

describe('what is needed stays', () => {
  test('a node of which only a later output is read', () => {
    const g = new GraphBuilder()
    g.input('x', 'float32', [1, 1, 4])
    g.ops('MaxPool', ['x'], { kernel_shape: [2] }, { outputs: ['pooled', 'indices'] })
    g.output('indices', 'int64', [1, 1, 3])
    eliminateDeadNodes(g.graph)
    expect(g.graph.nodes[0]!.outputs).toEqual(['pooled', 'indices'])
  })

  test('what a subgraph reads, but not what only has the name of a value of its own', () => {
    const g = new GraphBuilder()
    g.input('condition', 'bool', [])
    g.initializer('a', vector(1, 2))
    g.op('Neg', ['a'], {}, { outputs: ['read'] })
    g.op('Abs', ['a'], {}, { outputs: ['hidden'] })
    const then_branch = branch('then', (inner) => inner.op('Neg', ['read']))
    const else_branch = branch('else', (inner) =>
      inner.op('Neg', [inner.op('Neg', ['a'], {}, { outputs: ['hidden'] })]),
    )
    g.output(g.op('If', ['condition'], { then_branch, else_branch }), 'float32', [2])
    eliminateDeadNodes(g.graph)
    expect(operators(g.graph)).toEqual(['Neg', 'If'])
    expect([...g.graph.initializers.keys()]).toEqual(['a'])
  })

  test('an initializer that a feed may override', () => {
    const g = new GraphBuilder()
    g.input('rate', 'float32', [2])
    g.initializer('rate', vector(1, 2))
    eliminateDeadNodes(g.graph)
    expect([...g.graph.initializers.keys()]).toEqual(['rate'])
  })
})
