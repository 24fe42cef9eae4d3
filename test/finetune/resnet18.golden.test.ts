import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { freeze } from '../../src/model/freeze.js'
import type { Model } from '../../src/model/Model.js'
import { paramGroups } from '../../src/model/paramGroups.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { cosine, expectClose, relativeError } from '../support/compare.js'
import { resnet18Golden } from '../support/resnet18Golden.js'
import { resnet18Model } from '../support/resnet18Model.js'
import { settings, where } from '../support/where.js'

const golden = await resnet18Golden()

async function train(model: Model, runtime: RuntimeName) {
  const { lr, headLr, weightDecay, steps } = golden
  const groups = paramGroups(model, { lr, headLrMultiplier: headLr / lr, weightDecay })
  const artifacts = await generateArtifacts(model, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen],
    loss: { type: 'crossEntropy', reduction: 'sum' },
    optimizer: sgd(groups),
    outputs: ['logits'],
  })
  const session = await TrainingEngine.create({ artifacts, runtime, ...settings })
  try {
    const evaluated = await session.evalStep({ input: golden.images(0), labels: golden.labels(0) })
    const losses: number[] = []
    let gradients: Record<string, Tensor> = {}
    for (let step = 0; step < steps; step++) {
      const feeds = { input: golden.images(step), labels: golden.labels(step) }
      const outputs = await (step === 0 ? session.trainStep(feeds) : session.updateStep(feeds))
      losses.push(Number(outputs[session.loss]!.data[0]))
      if (step > 0) continue
      gradients = await session.getGradients()
      await session.optimizerStep()
    }
    return { logits: evaluated.logits!, losses, gradients, after: await session.getParameters() }
  } finally {
    await session.release()
  }
}

describe.each([
  ...where.runtimes.map((runtime) => ({ runtime, kind: 'full' }) as const),
  { runtime: where.runtimes[0], kind: 'frozen' } as const,
])('ResNet-18 on $runtime, $kind, trains as in PyTorch', ({ runtime, kind }) => {
  const expected = golden[kind]
  let model: Model
  let result: Awaited<ReturnType<typeof train>>
  beforeAll(async () => {
    model = await resnet18Model()
    if (kind === 'frozen') freeze(model, { upTo: 'layer3' })
    result = await train(model, runtime)
  }, 300_000)
  afterAll(() => {
    result = undefined as never
  })

  test('logits in inference form', () => {
    expectClose(result.logits, golden.logits, 1e-5, 'logits')
  })

  test('the loss of each step', () => {
    expect(result.losses).toHaveLength(golden.steps)
    for (const [step, loss] of result.losses.entries())
      expect(Math.abs(loss / expected.losses[step]! - 1), `loss of step ${step}`).toBeLessThan(1e-6)
  })

  test('every gradient', () => {
    expect(model.trainable).toHaveLength(kind === 'full' ? 62 : 17)
    expect(Object.keys(result.gradients).sort()).toEqual([...model.trainable].sort())
    for (const name of model.trainable) {
      const { picked, norm } = expected.gradient(name)
      const gradient = result.gradients[name]!
      expect(gradient.dims).toEqual(model.get(name).dims)
      expect(cosine(golden.pick(name, gradient), picked), `cosine of ${name}`).toBeGreaterThan(0.99999)
      expect(normOf(gradient) / norm, `norm of ${name}`).toBeCloseTo(1, 4)
    }
  })

  test('every parameter and running statistic after three steps, and how far it went', () => {
    for (const name of changing(model)) {
      const [before, after] = [golden.pick(name, model.get(name)), golden.pick(name, result.after[name]!)]
      const target = expected.after(name)
      expect(relativeError(after, target), `error of ${name}`).toBeLessThan(1e-5)
      expect(cosine(minus(after, before), minus(target, before)), `way of ${name}`).toBeGreaterThan(0.999)
    }
  })

  test('nothing else has changed', () => {
    const still = Object.keys(result.after).filter((name) => !changing(model).includes(name))
    for (const name of still) expect(relativeError(result.after[name]!, model.get(name)), name).toBe(0)
  })
})

/** What training writes: the trainable parameters, and the statistics of batch norms that have such. */
function changing(model: Model): readonly string[] {
  const trainable = new Set(model.trainable)
  const owner = (buffer: string) => buffer.replace(/running_(mean|var)$/, 'weight')
  return [...trainable, ...model.buffers.filter((name) => trainable.has(owner(name)))]
}

const normOf = ({ data }: Tensor): number => Math.sqrt((data as Float32Array).reduce((sum, x) => sum + x * x, 0))
const minus = (a: Tensor, b: Tensor): Tensor =>
  float32(
    Array.from(a.data as Float32Array, (x, i) => x - Number(b.data[i])),
    a.dims,
  )
