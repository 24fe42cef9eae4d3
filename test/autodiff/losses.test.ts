import { describe, expect, test } from 'vitest'
import { readBytes } from '#platform'
import { buildEvalGraph } from '../../src/autodiff/buildEvalGraph.js'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { CrossEntropyLoss, Loss } from '../../src/autodiff/loss.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor, zeros } from '../../src/onnx/graph/tensor.js'
import { withGradients } from '../support/checkGradients.js'
import { gaussian } from '../support/checkOp.js'
import { expectClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'

interface Case {
  readonly loss: Loss
  readonly shape: readonly number[]
  readonly logits: readonly number[]
  readonly labels: readonly number[]
  readonly value: number
  readonly gradient: readonly number[]
  /** The logits of the teacher, of a distillation. */
  readonly teacher?: readonly number[]
}
const golden = async (name: string) =>
  JSON.parse(new TextDecoder().decode(await readBytes(new URL(`../golden/losses/${name}.json`, import.meta.url))))
const cases = [
  ...(await golden('losses')),
  ...(await golden('distillation')),
  ...(await golden('contrastive')),
  ...(await golden('triplet')),
] as Case[]

/** Logits that are an input plus a parameter of zeros, whose gradient is that of the logits. */
function shifted(shape: readonly number[], opset = 17, teacher?: readonly number[]): Graph {
  const g = new GraphBuilder()
  g.graph.opsets.set('', opset)
  g.input('input', 'float32', shape)
  g.initializer('shift', zeros('float32', shape))
  if (teacher) g.initializer('teacher', float32(teacher, shape))
  g.output(g.op('Add', ['input', 'shift'], {}, { outputs: ['logits'] }), 'float32', shape)
  return g.graph
}

function titleOf({ loss: { type, ...facts }, shape }: Case): string {
  const told = Object.entries(facts).map(([name, fact]) =>
    name.endsWith('Weights') ? 'weighted' : typeof fact === 'object' ? JSON.stringify(fact) : fact,
  )
  return [type, ...told, shape].filter((fact) => fact).join(', ')
}

/** Tells whether a loss takes the numbers of classes as labels. */
const takesClasses = (loss: Loss): boolean => {
  if (loss.type === 'distillation') return takesClasses({ ...loss.ofLabels, reduction: 'mean' } as Loss)
  if (loss.type === 'supervisedContrastive' || loss.type === 'triplet') return true
  return loss.type === 'focal' || (loss.type === 'crossEntropy' && loss.targets === 'classes')
}

function feedsOf({ loss, shape, logits, labels }: Case): Record<string, Tensor> {
  const spatial = [shape[0]!, ...shape.slice(2)]
  return {
    input: float32(logits, shape),
    labels: takesClasses(loss) ? int64(labels, spatial) : float32(labels, shape),
  }
}

describe("losses and their gradients are torch's", () => {
  test.each(cases.map((each) => [titleOf(each), each] as const))('%s', async (_, each) => {
    const { loss, shape, value, gradient, teacher } = each
    const forward = shifted(shape, 17, teacher)
    const [training, feeds] = withGradients(
      buildTrainingGraph(forward, { requiresGrad: ['shift'], loss }),
      forward,
      feedsOf(each),
    )
    const name = training.outputs[0]!.name
    const lowered = lower(buildTrainingGraph(forward, { requiresGrad: ['shift'], loss }), { target: where.target })
    const evaluation = lower(buildEvalGraph(forward, { requiresGrad: ['shift'], loss }), { target: where.target })
    const known = (graph: Graph) =>
      Object.fromEntries(Object.entries(feeds).filter(([input]) => graph.inputs.some(({ name }) => name === input)))
    for (const results of [await runOfficial(training, feeds), await runStock(lowered, known(lowered))]) {
      expectClose(results[name], float32([value], []), 2e-6, 'the loss')
      expectClose(results.shift_grad, float32(gradient, shape), 1e-5, 'the gradient')
    }
    expectClose((await runStock(evaluation, known(evaluation)))[name], float32([value], []), 2e-6, 'in evaluation')
  })
})

test('examples whose labels are all ignored have loss 0', async () => {
  const loss: Loss = { type: 'crossEntropy', reduction: 'mean', labelSmoothing: 0.1 }
  const graph = buildEvalGraph(shifted([2, 3]), { requiresGrad: ['shift'], loss })
  const feeds = { input: gaussian([2, 3], 'logits'), labels: int64([-1, -1]), shift: zeros('float32', [2, 3]) }
  const results = await runStock(lower(graph, { target: where.target }), feeds)
  expect(Math.abs(Number(results[graph.outputs[0]!.name]!.data[0]))).toBe(0)
})

describe('a loss that does not fit is refused', () => {
  const build = (loss: Partial<CrossEntropyLoss>, forward = shifted([2, 3])) =>
    buildTrainingGraph(forward, { requiresGrad: ['shift'], loss: { type: 'crossEntropy', reduction: 'mean', ...loss } })

  test.each<[string, Partial<CrossEntropyLoss>, object]>([
    ['weights of other classes', { classWeights: [1, 2] }, { option: 'loss.classWeights' }],
    ['and smoothed', { classWeights: [1, 2], labelSmoothing: 0.1 }, { option: 'loss.classWeights' }],
    ['a weight below 0', { classWeights: [1, 2, -1] }, { option: 'loss: classWeights.2' }],
    ['smoothing of 1', { labelSmoothing: 1 }, { option: 'loss: labelSmoothing' }],
  ])('%s', (_, loss, facts) => {
    expect(() => build(loss)).toThrow(
      expect.objectContaining({ code: 'options/invalid', facts: expect.objectContaining(facts) }),
    )
  })

  test.each<[string, Loss, object]>([
    [
      'positive weights of other classes',
      { type: 'binaryCrossEntropy', reduction: 'mean', positiveWeights: [1] },
      { option: 'loss.positiveWeights' },
    ],
    ['a focal loss of infinite slope', { type: 'focal', reduction: 'mean', gamma: 0.5 }, { option: 'loss: gamma' }],
    [
      'a focal loss with weights of other classes',
      { type: 'focal', reduction: 'mean', classWeights: [1] },
      { option: 'loss.classWeights' },
    ],
    [
      'a huber loss without a quadratic part',
      { type: 'huber', reduction: 'mean', delta: 0 },
      { option: 'loss: delta' },
    ],
    [
      'an option of another loss',
      { type: 'meanSquaredError', reduction: 'mean', gamma: 2 } as never,
      { option: 'loss: options' },
    ],
  ])('%s', (_, loss, facts) => {
    expect(() => buildTrainingGraph(shifted([2, 3]), { requiresGrad: ['shift'], loss })).toThrow(
      expect.objectContaining({ code: 'options/invalid', facts: expect.objectContaining(facts) }),
    )
  })

  test.each<[string, Loss]>([
    ['binary cross-entropy', { type: 'binaryCrossEntropy', reduction: 'sum' }],
    ['focal loss of a sigmoid', { type: 'sigmoidFocal', reduction: 'sum', gamma: 0.5, alpha: 0.25 }],
  ])('%s is finite for logits of any size', async (_, loss) => {
    const forward = shifted([1, 4])
    const feeds = { input: float32([200, -200, 200, -200], [1, 4]), labels: float32([1, 0, 0, 1], [1, 4]) }
    const graph = buildTrainingGraph(forward, { requiresGrad: ['shift'], loss })
    const [training, all] = withGradients(graph, forward, feeds)
    const results = await runOfficial(training, all)
    const [value, gradient] = [results[training.outputs[0]!.name]!, results.shift_grad!]
    expect([...(value.data as Float32Array), ...(gradient.data as Float32Array)].every(Number.isFinite)).toBe(true)
  })

  test('an operator set before that of LogSoftmax by axis', () => {
    expect(() => build({ labelSmoothing: 0.1 }, shifted([2, 3], 12))).toThrow(
      expect.objectContaining({ code: 'autodiff/opset', facts: { opset: 12, needed: 13 } }),
    )
    expect(() => build({ classWeights: [1, 2, 3] }, shifted([2, 3], 12))).not.toThrow()
  })
})
