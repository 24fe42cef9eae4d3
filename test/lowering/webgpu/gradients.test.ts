import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../../src/autodiff/buildTrainingGraph.js'
import { convnext } from '../../../src/backbones/convnext.js'
import { initialise } from '../../../src/backbones/initialise.js'
import { timmNames, visionTransformer } from '../../../src/backbones/visionTransformer.js'
import { lower } from '../../../src/lowering/lower.js'
import { feeds, graphOf, trainedOf } from '../../autodiff/support/ruleCase.js'
import { ruleCases } from '../../autodiff/support/ruleCases.js'
import { withGradients } from '../../support/checkGradients.js'
import { gaussian } from '../../support/checkOp.js'
import { cosine, expectClose } from '../../support/compare.js'
import { runOfficial } from '../../support/officialRuntime.js'
import { runStock } from '../../support/stockRuntime.js'
import { fill } from '../../support/transformersGolden.js'
import { allGpuTests, noWebGpu } from '../../support/webgpu.js'
import { runWebGpu } from '../../support/webgpuRuntime.js'

/** Those that the gate has time for: the operators of vision transformers, and forms written for this provider. */
const FIRST = new Set([
  'Abs',
  'Einsum, ellipsis',
  'Gather, one of an axis',
  'Gelu',
  'GroupNormalization',
  'LayerNormalization',
  'Pow, a whole number',
  'Resize, bilinear of torch',
  'Resize, cubic, made smaller without aliases, 1, half_pixel',
  'Selu',
  'Softmax, axis -1',
])

const cases = Object.values(ruleCases)
  .flat()
  .filter(({ name }) => allGpuTests || FIRST.has(name))
  // These the provider leaves to the processor.
  .filter(({ opType }) => opType !== 'Col2Im' && opType !== 'Mod')
/** WGSL computes sine and cosine to 2^-11. */
const toleranceOf = (opType: string) => (opType === 'Sin' || opType === 'Cos' ? 5e-4 : 2e-5)

describe.skipIf(noWebGpu !== undefined)('gradients on the GPU alone equal those of Microsoft’s kernels', () => {
  test.each(cases)('$name', async (rule) => {
    const forward = graphOf(rule)
    const requiresGrad = trainedOf(rule)
    const graph = buildTrainingGraph(forward, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
    const [shown, all] = withGradients(graph, forward, feeds)
    const taken = graph.inputs.filter(({ name }) => all[name])
    const shapes = new Map(taken.map(({ name }) => [name, all[name]!.dims] as const))
    const results = await runWebGpu(lower(graph, { target: 'webgpu', shapes }), all)
    const official = await runOfficial(shown, all)
    for (const name of requiresGrad)
      expectClose(results[`${name}_grad`], official[`${name}_grad`], toleranceOf(rule.opType), name)
  })
})

// The software GPU takes half a minute to compile them.
test.skipIf(noWebGpu !== undefined || !allGpuTests).each([
  ['ConvNeXt', convnext('small', { depths: [1, 1, 1, 1] }), 32],
  ['vision transformer', visionTransformer('small', { depth: 1, heads: 2, patch: 8, width: 16, names: timmNames }), 16],
] as const)('a small %s trains on the GPU alone, as on the processor', async (_, architecture, imageSize) => {
  const { graph, tensors } = architecture.build({ classes: 2, imageSize, width: 8 })
  for (const [name, tensor] of initialise(tensors, 0)) graph.initializers.set(name, tensor)
  // The networks begin with a head of zeros, which no gradient passes.
  fill(graph)
  const requiresGrad = tensors.map(({ name }) => name)
  const training = buildTrainingGraph(graph, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
  const [, all] = withGradients(training, graph, { ...feeds, input: gaussian([2, 3, imageSize, imageSize], 'images') })
  const taken = training.inputs.filter(({ name }) => all[name])
  const shapes = new Map(taken.map(({ name }) => [name, all[name]!.dims] as const))
  const results = await runWebGpu(lower(training, { target: 'webgpu', shapes }), all)
  const expected = await runStock(lower(training, { target: 'cpu' }), all)
  for (const name of requiresGrad) {
    const [found, reference] = [results[`${name}_grad`]!, expected[`${name}_grad`]!]
    expect(Math.max(...(reference.data as Float32Array).map(Math.abs)), name).toBeGreaterThan(1e-4)
    expect(cosine(found, reference), name).toBeGreaterThan(0.9999)
  }
})
