import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { buildTrainingGraph } from '../src/autodiff/buildTrainingGraph.js'
import { ruleOf } from '../src/autodiff/gradients/register.js'
import { blockedRules } from '../src/lowering/nchwc/register.js'
import { lowerings } from '../src/lowering/portable/register.js'
import { GraphBuilder } from '../src/onnx/builder.js'
import { zeros } from '../src/onnx/graph/tensor.js'
import { decompositions } from '../src/onnx/transform/decompose/register.js'

interface Rule {
  readonly operator: string
}

const isRegistered = {
  'autodiff/gradients': ({ operator }: Rule) => {
    const [opType, domain = ''] = operator.split(':').reverse() as [string, string?]
    return ruleOf({ opType, domain, name: '', inputs: [], outputs: [], attributes: {} })
  },
  'onnx/transform/decompose/microsoft': ({ operator }: Rule) =>
    decompositions.find((rule) => rule.operator === operator),
  'lowering/portable': ({ operator }: Rule) => lowerings.find((rule) => rule.operator === operator),
  'lowering/nchwc/forward': ({ operator }: Rule) => blockedRules.find((rule) => rule.operator === operator),
  'lowering/nchwc/backward': ({ operator }: Rule) => blockedRules.find((rule) => rule.operator === operator),
}

test.each(Object.entries(isRegistered))(
  '%s: rules bear the names of their operators, and are registered',
  async (folder, find) => {
    const directory = resolve('src', folder)
    const files = readdirSync(directory).filter((file) => /^[A-Z].*\.ts$/.test(file))
    expect(files.length).toBeGreaterThan(4)
    for (const file of files) {
      const exported: Record<string, Rule> = await import(pathToFileURL(resolve(directory, file)).href)
      expect(Object.keys(exported)).toContain(file.replace('.ts', ''))
      for (const [name, rule] of Object.entries(exported)) {
        expect(rule.operator.split(':').at(-1)).toBe(name)
        expect(find(rule)).toBe(rule)
      }
    }
  },
)

test.each([
  { trained: ['a'], gradients: 1 },
  { trained: ['b'], gradients: 1 },
  { trained: ['a', 'b'], gradients: 2 },
])('nothing is written for an input whose gradient is not wanted: $trained', ({ trained, gradients }) => {
  const g = new GraphBuilder()
  for (const name of ['a', 'b']) g.initializer(name, zeros('float32', [2, 3]))
  g.output(g.op('Mul', ['a', 'b']), 'float32', [2, 3])
  const { nodes } = buildTrainingGraph(g.graph, {
    requiresGrad: trained,
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })
  expect(nodes.filter(({ opType, name }) => opType === 'Mul' && name.includes('_Grad/'))).toHaveLength(gradients)
})
