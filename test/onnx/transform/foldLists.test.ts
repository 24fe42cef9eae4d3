import { expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { CAST_TO, int64, type Tensor } from '../../../src/onnx/graph/tensor.js'
import { foldLists } from '../../../src/onnx/transform/foldLists.js'
import { runStock } from '../../support/stockRuntime.js'
import { operators } from './support.js'

const zero: Tensor = int64([0])

/** The padding [1, 2] of the last axis of four, as torch writes it: pairs from the last axis on, in reverse. */
function padding(g: GraphBuilder): string {
  const none = g.op('ConstantOfShape', [g.ints(6)], { value: zero })
  const pairs = g.op('Reshape', [g.op('Concat', [g.ints(1, 2), none], { axis: 0 }), g.ints(-1, 2)])
  const axes = g.op('Slice', [pairs, g.ints(-1), g.ints(-Number.MAX_SAFE_INTEGER), g.ints(0), g.ints(-1)])
  const columns = g.op('Reshape', [g.op('Transpose', [axes], { perm: [1, 0] }), g.ints(-1)])
  return g.op('Cast', [columns], { to: CAST_TO.int64 }, { outputs: ['pads'] })
}

test('a padding that torch computes from constants becomes one, as ONNX Runtime computes it', async () => {
  const g = new GraphBuilder()
  g.output(padding(g), 'int64', [8])
  const { pads } = await runStock(g.graph, {})
  foldLists(g.graph)
  expect(g.graph.nodes).toEqual([])
  expect(g.graph.initializers.get('pads')).toEqual(pads)
  expect([...(pads!.data as BigInt64Array)].map(Number)).toEqual([0, 0, 0, 1, 0, 0, 0, 2])
})

test('others stay: of inputs, of other numbers, too long, no reversal, without a result', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'int64', [2])
  g.op('Concat', [x, g.ints(1)], { axis: 0 })
  g.op('Cast', [g.ints(1)], { to: CAST_TO.float32 })
  g.op('Cast', [g.constant(int64([9223372036854775807n]))], { to: CAST_TO.int64 })
  for (const sizes of [[65], [-2, -3]]) g.op('ConstantOfShape', [g.ints(...sizes)], { value: zero })
  g.op('Slice', [g.ints(1, 2, 3), g.ints(1), g.ints(2), g.ints(0)])
  for (const shape of [[0], [-1, 2], [2, 2], [-1, -3]]) g.op('Reshape', [g.ints(1, 2, 3), g.ints(...shape)])
  g.op('Transpose', [g.ints(1, 2)], { perm: [0] })
  for (const opType of ['Cast', 'ConstantOfShape', 'Reshape', 'Slice', 'Transpose']) g.op(opType, [])
  g.op('Reshape', [g.ints(1)])
  g.op('Slice', [g.ints(1)])
  const before = operators(g.graph)
  foldLists(g.graph)
  expect(operators(g.graph)).toEqual(before)
})
