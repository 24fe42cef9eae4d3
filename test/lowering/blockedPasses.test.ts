import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { type LowerOptions, lower } from '../../src/lowering/lower.js'
import { blockedFilters, paddedFilters } from '../../src/lowering/nchwc/layout/filters.js'
import { OfficialGraph } from '../../src/lowering/nchwc/layout/OfficialGraph.js'
import { planBlocked, planPasses } from '../../src/lowering/nchwc/plan/Plan.js'
import { accumulate } from '../../src/lowering/passes/accumulate.js'
import { shapes } from '../../src/lowering/passes/shapes.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, intsAttribute, NCHWC, type Node } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { seededRandom } from '../../src/random.js'
import { relativeError } from '../support/compare.js'
import { type Array64, toArray64, zeros } from '../support/float64/Array64.js'
import { values64 } from '../support/float64/evaluate.js'
import { thorough } from '../support/thorough.js'
import { differences, isBlockedHere, shapesOf, tensorsOf } from './blockedSupport.js'
import { lowered64 } from './lowered64.js'
import { narrowResnet } from './narrowResnet.js'

/** Each pass alone, and all of them together. */
const switchedOff = [...planPasses.map((pass) => [pass]), [...planPasses]]
/** In the gate all of them together, where float64 judges each alone. */
const mainly = thorough ? switchedOff : switchedOff.slice(-1)

/** Two 3x3 convolutions wide enough for Winograd's algorithm, and one with stride; no batch norm. */
function wideNetwork(size: number, batch: number) {
  const tensor = tensorsOf(seededRandom('blocked passes', size))
  const weights = { one: tensor(128, 128, 3, 3), two: tensor(128, 128, 3, 3), half: tensor(16, 128, 3, 3) }
  const parameters = { ...weights, bias: tensor(128), fc: tensor(2, 16) }
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', 128, size, size])
  for (const [name, value] of Object.entries(parameters)) g.initializer(name, value)
  const one = g.op('Conv', ['x', 'one', 'bias'], { pads: [1, 1, 1, 1] })
  const two = g.op('Add', [g.op('Conv', [one, 'two'], { pads: [1, 1, 1, 1] }), one])
  const half = g.op('Conv', [two, 'half'], { pads: [1, 1, 1, 1], strides: [2, 2] })
  const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [half, half])])])
  g.output(g.op('Gemm', [pooled, 'fc'], { transB: 1 }), 'float32', ['N', 2])
  const requiresGrad = Object.keys(parameters)
  const training = buildTrainingGraph(g.graph, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
  const labels = int64(Array.from({ length: batch }, (_, i) => i % 2))
  return { training, feeds: { ...parameters, x: tensor(batch, 128, size, size), labels } as Record<string, Tensor> }
}

describe.skipIf(!isBlockedHere)("without a pass, losses and gradients are those of Microsoft's kernels (AVX2)", () => {
  test.each(mainly)('a ResNet-18 without %s %s %s %s', async (...disable) => {
    const { training, feeds } = await narrowResnet(64, 3, 1)
    expect(await differences(training, feeds, { disable }, 2e-5)).toEqual([])
  })

  test.each(switchedOff)('wide convolutions without %s %s %s %s', async (...disable) => {
    const { training, feeds } = wideNetwork(14, 8)
    expect(await differences(training, feeds, { disable })).toEqual([])
  })
})

const inFloat64 = (async () => {
  const { training, feeds } = await narrowResnet(64, 2, 1)
  const inputs = new Map(Object.entries(feeds).map(([name, fed]) => [name, toArray64(fed)]))
  for (const { name, shape } of training.inputs)
    if (name.endsWith('.buffer')) inputs.set(name, zeros(shape as readonly number[]))
  return { training, feeds, expected: values64(training, inputs) }
})()

/** Blocks of 8 differ from these in their width alone. */
const targets = thorough ? (['cpu-blocked8', 'cpu-blocked16'] as const) : (['cpu-blocked16'] as const)

describe.each(targets)('%s', (target) => {
  test.each(switchedOff)('without %s %s %s %s a ResNet-18 trains as float64 says', async (...disable) => {
    const { training, feeds, expected } = await inFloat64
    const tensor = ({ dims, data }: Array64) => float32(Float32Array.from(data), dims)
    const actual = lowered64(training, feeds, { target, disable })
    expect(actual.size).toBeGreaterThan(100)
    for (const [name, value] of actual)
      expect(relativeError(tensor(value), tensor(expected.get(name)!)), name).toBeLessThan(2e-6)
  })
})

test('a pass that is off leaves its mark off the graph', async () => {
  const narrow = await narrowResnet(64, 8, 0)
  const wide = wideNetwork(14, 8)
  const nodesOf = ({ training, feeds }: typeof narrow, disable: LowerOptions['disable'] = []) =>
    lower(training, { target: 'cpu-blocked16', shapes: shapesOf(training, feeds), disable }).nodes
  const marks = {
    // The four phases of a stem are convolutions of twice its stride.
    phases: () => nodesOf(narrow, disable).filter((node) => `${intsAttribute(node, 'strides')}` === '4,4').length,
    layout: () => nodesOf(narrow, disable).filter(({ domain }) => domain === NCHWC).length,
    fuse: () => nodesOf(narrow, disable).filter(({ attributes }) => attributes.activation).length,
    // Tiles of four rows.
    algorithm: () => nodesOf(wide, disable).filter((node) => `${intsAttribute(node, 'strides')}` === '4,1').length,
  }
  let disable: readonly string[] = []
  for (const mark of Object.values(marks)) expect(mark()).toBeGreaterThan(0)
  for (const [pass, mark] of Object.entries(marks)) {
    disable = [pass]
    expect(mark(), pass).toBe(0)
  }
  expect(Object.keys(marks)).toEqual([...planPasses])
})

describe('a plan is data', () => {
  const named = (nodes: Iterable<Node>) => [...nodes].map(({ name }) => name)

  function planOf({ training, feeds }: { training: Graph; feeds: Record<string, Tensor> }, disable: string[] = []) {
    const graph = training.clone()
    const known = shapesOf(training, feeds)
    graph.inputs = graph.inputs.map((input) => ({ ...input, shape: known.get(input.name) ?? input.shape! }))
    const context = { constants: new Map(), accumulate: false }
    const described = shapes.apply(accumulate.apply(graph, context), context)
    return planBlocked(
      new OfficialGraph(described, blockedFilters(training, 16), paddedFilters(training, 16), 16),
      disable,
    )
  }

  test('of a ResNet-18', async () => {
    const plan = planOf(await narrowResnet(64, 3, 1))
    expect(named(plan.phases.stems)).toEqual(['/conv1/Conv'])
    expect(named(plan.phases.pools)).toEqual(['/maxpool/MaxPool'])
    // Each of three layers begins with stride 2, in its main way and in its shortcut.
    expect(plan.phases.inputGradients.size).toBe(6)
    expect(plan.layout.inputGradients.size).toBe(19)
    expect(plan.layout.convolutions.size).toBe(19)

    const kinds = [...plan.fusions.values()].map(({ kind }) => kind)
    const count = (kind: string) => kinds.filter((other) => other === kind).length
    expect(count('shift')).toBe(20)
    expect(count('activation')).toBe(17)
    expect(count('residual')).toBe(8)
    expect(count('no mask')).toBe(1)
    expect(count('sum by phase')).toBe(3)
    expect(count('sum into convolutions')).toBe(5)
    const forms = [...plan.layout.values.values()]
    expect(forms.filter((form) => form === 'phases')).toHaveLength(6)
  })

  test('of wide convolutions', () => {
    const { convolutions, inputGradients, weightGradients } = planOf(wideNetwork(14, 8)).algorithms
    expect([...convolutions.values()]).toEqual(['winograd', 'winograd', 'direct'])
    expect([...weightGradients.values()].map(({ algorithm }) => algorithm)).toEqual(['direct', 'winograd', 'winograd'])
    expect([...inputGradients.values()]).toContainEqual({ alone: 'winograd', added: 'winograd' })
    const without = planOf(wideNetwork(14, 8), ['algorithm']).algorithms
    expect(new Set(without.convolutions.values())).toEqual(new Set(['direct']))
    expect([...without.weightGradients.values()].every(({ units }) => units.chunks === 1)).toBe(true)
  })

  test('of an inverted bottleneck with squeeze and excitation', () => {
    const tensor = tensorsOf(seededRandom('bottleneck'))
    const g = new GraphBuilder()
    const parameters: Record<string, Tensor> = {}
    const parameter = (name: string, value: Tensor) => {
      parameters[name] = value
      return g.initializer(name, value)
    }
    const convolve = (x: string, name: string, dims: readonly number[], attributes = {}) =>
      g.op('Conv', [x, parameter(name, tensor(...dims))], attributes, { name })
    const norm = (x: string, name: string) => {
      const vectors = ['scale', 'bias'].map((part) => parameter(`${name}.${part}`, tensor(32)))
      const running = ['mean', 'var'].map((part) => g.initializer(`${name}.running_${part}`, tensor(32)))
      return g.op('BatchNormalization', [x, ...vectors, ...running])
    }
    g.input('x', 'float32', ['N', 16, 8, 8])
    const wide = norm(convolve('x', 'expand', [32, 16, 1, 1]), 'a')
    const silu = g.op('Mul', [g.op('Sigmoid', [wide]), wide])
    const depthwise = norm(convolve(silu, 'depthwise', [32, 1, 3, 3], { group: 32, pads: [1, 1, 1, 1] }), 'b')
    const limited = g.op('Clip', [depthwise, g.scalar(0), g.scalar(6)])
    const factors = g.op('Sigmoid', [convolve(g.op('GlobalAveragePool', [limited]), 'squeeze', [32, 32, 1, 1])])
    const narrow = convolve(g.op('Mul', [limited, factors]), 'project', [24, 32, 1, 1])
    const pooled = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [narrow, narrow])])])
    g.output(g.op('Gemm', [pooled, parameter('fc', tensor(2, 24))], { transB: 1 }), 'float32', ['N', 2])
    const training = buildTrainingGraph(g.graph, {
      requiresGrad: Object.keys(parameters),
      loss: { type: 'crossEntropy', reduction: 'mean' },
    })
    const plan = planOf({ training, feeds: { ...parameters, x: tensor(2, 16, 8, 8), labels: int64([0, 1]) } })
    const convolutions = [...plan.layout.nodes].filter(({ opType }) => opType === 'Conv')
    expect(named(convolutions)).toEqual(['expand', 'depthwise', 'squeeze', 'project'])
    const kinds = [...plan.fusions.values()].map(({ kind }) => kind)
    expect(
      kinds
        .filter((kind) =>
          ['SiLU gradient', 'Clip gradient', 'scaled and shifted maps', 'product', 'activation'].includes(kind),
        )
        .sort(),
    ).toEqual(['Clip gradient', 'SiLU gradient', 'activation', 'product', 'scaled and shifted maps'])
  })
})
