import { expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { dependentValues, nodesBehind } from '../../../src/onnx/transform/reachability.js'
import { branch, vector } from './support.js'

function network(): GraphBuilder {
  const g = new GraphBuilder()
  g.input('x', 'float32', [4])
  g.input('condition', 'bool', [])
  g.initializer('w', vector(1, 2))
  g.ops('Split', ['x', ''], {}, { outputs: ['left', 'right'], name: 'split' })
  g.op('Mul', ['left', 'w'], {}, { outputs: ['scaled'] })
  g.ops('MaxPool', ['right'], {}, { outputs: ['pooled', ''] })
  const branches = {
    then_branch: branch('then', (inner) => inner.op('Neg', ['scaled'])),
    // A value of its own, whatever the name says.
    else_branch: branch('else', (inner) => inner.op('Neg', [inner.initializer('pooled', vector(1, 2))])),
  }
  g.op('If', ['condition'], branches, { outputs: ['chosen'] })
  g.op('Neg', ['pooled'], {}, { outputs: ['negative'] })
  return g
}

test('what depends on a value: through any output, and through what a subgraph reads', () => {
  const { graph } = network()
  expect([...dependentValues(graph, ['w'])]).toEqual(['w', 'scaled', 'chosen'])
  expect([...dependentValues(graph, ['x'])].toSorted()).toEqual(
    ['x', 'left', 'right', 'scaled', 'pooled', 'chosen', 'negative'].toSorted(),
  )
})

test('a name of a subgraph that hides one outside, and what is left out, connect nothing', () => {
  const { graph } = network()
  expect([...dependentValues(graph, ['pooled'])]).toEqual(['pooled', 'negative'])
  expect([...dependentValues(graph, [''])]).toEqual([])
  graph.nodes.at(-1)!.inputs.push('')
  expect([...dependentValues(graph, ['right'])]).toEqual(['right', 'pooled', 'negative'])
})

test('the nodes behind a value, as far back as what is given', () => {
  const { graph } = network()
  const behind = (value: string, ...given: string[]) =>
    [...nodesBehind(graph, [value], new Set(given))].map(({ outputs }) => outputs[0]).toReversed()
  expect(behind('chosen')).toEqual(['left', 'scaled', 'chosen'])
  expect(behind('chosen', 'left')).toEqual(['scaled', 'chosen'])
  expect(behind('chosen', 'scaled')).toEqual(['chosen'])
  expect(behind('right')).toEqual(['left'])
  expect(behind('x')).toEqual([])
  expect(behind('pooled', 'pooled')).toEqual([])
  expect(behind('')).toEqual([])
})
