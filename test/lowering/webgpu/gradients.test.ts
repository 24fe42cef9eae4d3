import { describe, test } from 'vitest'
import { buildTrainingGraph } from '../../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../../src/lowering/lower.js'
import { feeds, graphOf, trainedOf } from '../../autodiff/support/ruleCase.js'
import { ruleCases } from '../../autodiff/support/ruleCases.js'
import { withGradients } from '../../support/checkGradients.js'
import { expectClose } from '../../support/compare.js'
import { runOfficial } from '../../support/officialRuntime.js'
import { allGpuTests, noWebGpu } from '../../support/webgpu.js'
import { runWebGpu } from '../../support/webgpuRuntime.js'

/** Those that the gate has time for: the operators of vision transformers, and forms written for this provider. */
const FIRST = new Set([
  'Abs',
  'Einsum, ellipsis',
  'Gather, one of an axis',
  'Gelu',
  'LayerNormalization',
  'Pow, a whole number',
  'Resize, bilinear of torch',
  'Selu',
  'Softmax, axis -1',
])
/** The provider leaves these operators to the processor. */
const MISSING = new Set(['GroupNormalization', 'LRN', 'SpaceToDepth'])

const cases = Object.values(ruleCases)
  .flat()
  .filter(({ name, opType }) => (allGpuTests || FIRST.has(name)) && !MISSING.has(opType))

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
    for (const name of requiresGrad) expectClose(results[`${name}_grad`], official[`${name}_grad`], 2e-5, name)
  })
})
