import { expect, test } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import { dropUnusedDomains } from '../../../src/onnx/transform/dropUnusedDomains.js'
import { branch } from './support.js'

test('a domain that a node uses, in a subgraph too, and the standard one stay declared', () => {
  const g = new GraphBuilder()
  g.graph.opsets = new Map(['', 'own', 'inner', 'unused'].map((domain, i) => [domain, i + 1]))
  g.op('Twice', ['x'], {}, { domain: 'own' })
  const then_branch = branch('then', (inner) => inner.op('Thrice', ['x'], {}, { domain: 'inner' }))
  g.op('If', ['condition'], { then_branch })
  dropUnusedDomains(g.graph)
  expect([...g.graph.opsets.keys()]).toEqual(['', 'own', 'inner'])
})
