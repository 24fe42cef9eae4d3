import { expect, test } from 'vitest'
import { OfficialGraph } from '../../src/lowering/nchwc/layout/OfficialGraph.js'
import { GraphBuilder } from '../../src/onnx/builder.js'

test('the blocked form asks for a size that it needs, and names the node that makes the value', () => {
  const g = new GraphBuilder()
  const x = g.input('x', 'float32', ['N', 16, 8, 8])
  const y = g.op('Relu', [x], {}, { name: 'act' })
  const official = new OfficialGraph(g.graph, new Map(), new Map(), 16)
  expect(() => official.dims(y)).toThrow(`The lowering of Relu (node act) must know every size of ${y}`)
  expect(() => official.dims4('x')).toThrow('must know every size of x')
})
