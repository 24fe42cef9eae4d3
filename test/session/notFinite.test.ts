import { afterEach, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { settings, where } from '../support/where.js'
import { batch, groups, parameters, smallNet } from './support/smallNet.js'

const open: TrainingEngine[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.release()))
})

const names = ['first', 'second']

/** Two layers, the first all zero: whatever the second one holds, the loss is ln 2, and the first one's gradient is as large. */
async function twoLayers({ second }: { readonly second: number }, runtime?: RuntimeName) {
  const g = new GraphBuilder()
  g.initializer('first', float32([0, 0, 0, 0], [2, 2]))
  g.initializer('second', float32([second, -second, second, -second], [2, 2]))
  const hidden = g.op('MatMul', [g.input('input', 'float32', ['N', 2]), 'first'], {}, { outputs: ['hidden'] })
  g.output(g.op('MatMul', [hidden, 'second'], {}, { outputs: ['logits'] }), 'float32', ['N', 2])
  const optimizer = sgd([{ name: 'all', params: names, lr: 0.1 }])
  const loss = { type: 'crossEntropy', reduction: 'sum' } as const
  return start(await generateArtifacts(g.graph, { requiresGrad: names, frozenParams: [], loss, optimizer }), runtime)
}

async function start(artifacts: Awaited<ReturnType<typeof generateArtifacts>>, runtime?: RuntimeName) {
  const session = await TrainingEngine.create({ artifacts, runtime, ...settings })
  open.push(session)
  return session
}

const feeds = (input: number) => ({ input: float32([input, input], [1, 2]), labels: int64([0]) })

test.each(where.runtimes)(
  'a gradient that overflows behind a finite loss is told, and changes nothing, on %s',
  async (runtime) => {
    const session = await twoLayers({ second: 1e38 }, runtime)
    const before = await session.getParameters()
    const expected = { code: 'session/not-finite', facts: { tensor: 'first_grad', loss: Math.fround(Math.LN2) } }
    await expect(session.updateStep(feeds(10))).rejects.toMatchObject(expected)
    await expect(session.trainStep(feeds(10))).rejects.toMatchObject(expected)
    expect(await session.getParameters()).toEqual(before)
    await expect(session.optimizerStep()).rejects.toMatchObject({ code: 'session/no-gradients' })
  },
)

test('gradients that only their sum takes out of range are told, and stay as they were', async () => {
  const session = await twoLayers({ second: 1e18 })
  await session.trainStep(feeds(7))
  const before = await session.getGradients()
  await expect(session.trainStep(feeds(7))).rejects.toMatchObject({
    code: 'session/not-finite',
    facts: { tensor: 'first_grad' },
  })
  expect(await session.getGradients()).toEqual(before)
})

test('a statistic that overflows behind a finite loss is told, and changes nothing', async () => {
  const artifacts = await generateArtifacts(smallNet(), {
    ...{ requiresGrad: parameters, frozenParams: [], outputs: ['logits'], optimizer: sgd(groups) },
    loss: { type: 'crossEntropy', reduction: 'mean' },
  })
  const session = await start(artifacts)
  const before = await session.getParameters()
  const { input, ...rest } = batch(0)
  // The variance overflows; what is divided by its root is 0, and the loss is finite.
  const data = Float32Array.from(input!.data as Float32Array, (value) => value * 1e25)
  const large = session.updateStep({ ...rest, input: { ...input!, data } as Tensor }, { mustBeFinite: true })
  await expect(large).rejects.toMatchObject({
    code: 'session/not-finite',
    facts: { loss: expect.any(Number), tensor: 'bn1.running_var.out (Add)' },
  })
  expect(await session.getParameters()).toEqual(before)
})

test.each([
  ['a feed', Number.NaN, 'input'],
  ['a value of the network', 3e38, 'hidden (MatMul)'],
])('%s is found where it goes bad first', async (_, bad, tensor) => {
  const session = await twoLayers({ second: 1 })
  await session.setParameters({ first: float32([10, 10, 10, 10], [2, 2]) })
  const before = await session.getParameters()
  const outputs = await session.updateStep(feeds(bad))
  expect((outputs[session.loss] as Tensor<'float32'>).data[0]).toBeNaN()
  await expect(session.updateStep(feeds(bad), { mustBeFinite: true })).rejects.toMatchObject({
    code: 'session/not-finite',
    facts: { loss: Number.NaN, tensor },
  })
  expect(await session.getParameters()).toEqual(before)
})
