import { afterEach, describe, expect, test } from 'vitest'
import { type ArtifactOptions, generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { readCheckpoint } from '../../src/artifacts/readCheckpoint.js'
import type { TrainingArtifacts } from '../../src/artifacts/TrainingArtifacts.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { adamW } from '../../src/optim/adam.js'
import { lamb } from '../../src/optim/lamb.js'
import { lion } from '../../src/optim/lion.js'
import { rmsProp } from '../../src/optim/rmsProp.js'
import { sgd } from '../../src/optim/sgd.js'
import { TrainingEngine, type TrainingEngineOptions } from '../../src/session/client/TrainingEngine.js'
import { expectAllClose, expectClose, relativeError } from '../support/compare.js'
import { thorough } from '../support/thorough.js'
import { settings, where } from '../support/where.js'
import { batch, golden, groups, parameters, smallNet, statistics } from './support/smallNet.js'

const open: TrainingEngine[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.release()))
})

const optimizer = sgd(groups, { momentum: 0.9, weightDecay: 1e-2 })
const artifactsOf = (options: Partial<ArtifactOptions> = {}, graph = smallNet()) =>
  generateArtifacts(graph, {
    requiresGrad: parameters,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer,
    ...options,
  })

type MaybePromise = TrainingArtifacts | Promise<TrainingArtifacts>

async function start(
  options: Partial<TrainingEngineOptions> = {},
  artifacts: MaybePromise = artifactsOf(),
): Promise<TrainingEngine> {
  const session = await TrainingEngine.create({ artifacts: await artifacts, ...settings, ...options })
  open.push(session)
  return session
}

const slow = (lr: number) => [{ name: 'all', params: parameters, lr }]
const numberOf = (tensor: Tensor | undefined): number => Number(tensor!.data[0])

describe.each(where.runtimes)('on %s', (runtime) => {
  test('three steps equal PyTorch: loss, gradients, parameters, running statistics, evaluation', async () => {
    const session = await start({ runtime })
    expect(session.runtime).toBe(runtime)
    for (const [step, expected] of golden.losses.entries()) {
      const outputs = await session.trainStep(batch(step))
      expect(Object.keys(outputs)).toEqual([session.loss, 'logits'])
      expect(numberOf(outputs[session.loss])).toBeCloseTo(expected, 5)
      if (step === 0) expectAllClose(await session.getGradients(), golden.gradients, 1e-5)
      await session.optimizerStep()
    }
    expectAllClose(await session.getParameters(), golden.end, 1e-5)
    const evaluation = await session.evalStep(batch(0))
    expect(numberOf(evaluation[session.loss])).toBeCloseTo(golden.evaluation, 5)
    expectClose(evaluation.logits, golden.logits, 1e-5, 'logits')
  })

  test('two half batches add up to one', async () => {
    const requiresGrad = parameters.filter((name) => !name.includes('bn'))
    const plain = sgd([{ name: 'all', params: requiresGrad, lr: 0.1 }])
    const loss = { type: 'crossEntropy', reduction: 'sum' } as const
    const artifacts = artifactsOf({ requiresGrad, optimizer: plain, loss }, smallNet(false))
    const session = await start({ runtime }, artifacts)
    await session.trainStep(batch(0))
    const whole = await session.getGradients()
    await session.lazyResetGrad()
    await session.trainStep(batch(0, 0, 2))
    await session.trainStep(batch(0, 2, 4))
    await session.trainStep(batch(0, 4, 5))
    expectAllClose(await session.getGradients(), whole, 1e-5)
    // After an optimizer step, as after a reset, gradients start anew.
    await session.optimizerStep({ learningRates: [0] })
    await session.trainStep(batch(0))
    expect(await session.getGradients()).toEqual(whole)
  })
})

/** Arithmetic that all runtimes have from the same graph: the others compute it in the first tests above. */
const some = thorough ? where.runtimes : where.runtimes.slice(0, 1)

describe.each(some)('a step with its update, on %s', (runtime) => {
  test('equals PyTorch, and leaves no gradients', async () => {
    const session = await start({ runtime })
    for (const [step, expected] of golden.losses.entries()) {
      const outputs = await session.updateStep(batch(step))
      expect(Object.keys(outputs)).toEqual([session.loss, 'logits'])
      expect(numberOf(outputs[session.loss])).toBeCloseTo(expected, 5)
    }
    expectAllClose(await session.getParameters(), golden.end, 1e-5)
    await expect(session.getGradients()).rejects.toMatchObject({ code: 'session/no-gradients' })
    const evaluation = await session.evalStep(batch(0))
    expect(numberOf(evaluation[session.loss])).toBeCloseTo(golden.evaluation, 5)
  })

  test('follows learning rates, counts its updates and goes on from steps apart', async () => {
    const adam = adamW(groups, { weightDecay: 1e-2 })
    const [joined, apart] = await Promise.all(
      [0, 1].map(() => start({ runtime }, artifactsOf({ optimizer: adam, requiresGrad: parameters }))),
    )
    for (let step = 0; step < 4; step++) {
      const learningRates = [0.01 * (step + 1), 0.02]
      await apart!.trainStep(batch(step % 3))
      await apart!.optimizerStep({ learningRates })
      if (step === 2) {
        await joined!.trainStep(batch(step % 3))
        await joined!.optimizerStep({ learningRates })
      } else await joined!.updateStep(batch(step % 3), { learningRates })
    }
    expectAllClose(await joined!.getParameters(), await apart!.getParameters(), 1e-5)
    const stateOf = async (session: TrainingEngine) =>
      [...(await session.getCheckpoint()).optimizerGroups].map(({ step }) => step)
    expect(await stateOf(joined!)).toEqual(await stateOf(apart!))
    await expect(joined!.updateStep(batch(0), { learningRates: [1] })).rejects.toMatchObject({
      code: 'options/invalid',
    })
  })

  test('averages follow the weights, and are evaluated in their place', async () => {
    const session = await start({ runtime })
    await expect(session.averages.update(0.5)).rejects.toMatchObject({ code: 'session/no-averages' })
    await expect(session.evalStep(batch(0), { averages: true })).rejects.toMatchObject({ code: 'session/no-averages' })
    await session.averages.start()
    const [before, evaluated] = [await session.getParameters(), await session.evalStep(batch(0))]
    await session.updateStep(batch(0))
    await session.averages.update(0.25)
    const after = await session.getParameters()
    const expected = Object.entries(before).map(([name, { data, dims }]) => {
      const [from, to] = [data, after[name]!.data] as Float32Array[]
      return [
        name,
        float32(
          from!.map((x, i) => 0.75 * x + 0.25 * to![i]!),
          dims,
        ),
      ] as const
    })
    const averages = await session.averages.get()
    expectAllClose(averages, Object.fromEntries(expected), 1e-6)
    const ofAverages = await session.evalStep(batch(0), { averages: true })
    await session.setParameters(averages)
    expectAllClose(await session.evalStep(batch(0)), ofAverages, 1e-6)
    await session.averages.start(before)
    expect(await session.evalStep(batch(0), { averages: true })).toEqual(evaluated)
  })

  // Their graphs are tested by themselves on both.
  test.skipIf(runtime !== where.runtimes[0]).each([
    ['rmsProp', rmsProp(slow(0.01), { momentum: 0.9, centered: true, eps: 1e-2 })],
    ['lion', lion(slow(0.01), { weightDecay: 0.1 })],
    ['lamb', lamb(slow(0.05), { eps: 1e-3 })],
  ])('trains with %s, in one graph with the step or apart, resumed from its checkpoint', async (_, other) => {
    const artifacts = await artifactsOf({ optimizer: other, requiresGrad: parameters })
    const [joined, apart] = await Promise.all([start({ runtime }, artifacts), start({ runtime }, artifacts)])
    const first = numberOf((await joined.updateStep(batch(0)))[joined.loss])
    await apart.trainStep(batch(0))
    await apart.optimizerStep()
    const state = writeCheckpoint(await joined.getCheckpoint())
    const resumed = await start({ runtime }, { ...artifacts, checkpoint: readCheckpoint(state) })
    await apart.trainStep(batch(0))
    await apart.optimizerStep()
    for (const session of [joined, resumed]) await session.updateStep(batch(0))
    expect(await resumed.getParameters()).toEqual(await joined.getParameters())
    expectAllClose(await joined.getParameters(), await apart.getParameters(), 1e-5)
    for (let step = 0; step < 20; step++) await joined.updateStep(batch(0))
    expect(numberOf((await joined.evalStep(batch(0)))[joined.loss])).toBeLessThan(first / 2)
  })

  test('adds to gradients that there are', async () => {
    const [joined, apart] = await Promise.all([start({ runtime }), start({ runtime })])
    for (const session of [joined, apart]) await session.trainStep(batch(0))
    await joined.updateStep(batch(1))
    await apart.trainStep(batch(1))
    await apart.optimizerStep()
    expect(await joined.getParameters()).toEqual(await apart.getParameters())
  })

  test('changes nothing where the loss is no number', async () => {
    const session = await start({ runtime })
    const before = await session.getParameters()
    const { input, ...rest } = batch(0)
    const broken = { ...input!, data: new Float32Array(input!.data.length).fill(Number.NaN) } as Tensor
    const outputs = await session.updateStep({ input: broken, ...rest })
    expect(numberOf(outputs[session.loss])).toBeNaN()
    expect(await session.getParameters()).toEqual(before)
    expect(numberOf((await session.updateStep(batch(0)))[session.loss])).toBeCloseTo(golden.losses[0]!, 5)
  })
})

describe.each(some)('accumulation, on %s', (runtime) => {
  test('a step whose loss is no number adds no gradient and no statistics, first or later', async () => {
    const [session, undisturbed] = [await start({ runtime }), await start({ runtime })]
    const { input, ...rest } = batch(0)
    const broken = { ...input!, data: new Float32Array(input!.data.length).fill(Number.NaN) } as Tensor
    const poison = async () => {
      const outputs = await session.trainStep({ input: broken, ...rest })
      expect(numberOf(outputs[session.loss])).toBeNaN()
    }
    const before = await session.getParameters()
    await poison()
    expect(await session.getParameters()).toEqual(before)
    await expect(session.optimizerStep()).rejects.toMatchObject({ code: 'session/no-gradients' })
    for (const step of [0, 1]) {
      await session.trainStep(batch(step))
      await undisturbed.trainStep(batch(step))
      await poison()
      expect(await session.getGradients()).toEqual(await undisturbed.getGradients())
    }
    expect(numberOf((await session.updateStep({ input: broken, ...rest }))[session.loss])).toBeNaN()
    expect(await session.getGradients()).toEqual(await undisturbed.getGradients())
    for (const each of [session, undisturbed]) await each.optimizerStep()
    expect(await session.getCheckpoint()).toEqual(await undisturbed.getCheckpoint())
  })

  test('gradientScale makes the mean of several batches, before momentum and weight decay', async () => {
    const [summed, scaled] = [await start({ runtime }), await start({ runtime })]
    await summed.trainStep(batch(0))
    for (let i = 0; i < 4; i++) await scaled.trainStep(batch(0))
    await summed.setParameters(golden.start)
    await scaled.setParameters(golden.start)
    await summed.optimizerStep()
    await scaled.optimizerStep({ gradientScale: 1 / 4 })
    expectAllClose(await scaled.getParameters(parameters), await summed.getParameters(parameters), 1e-6)
    for (const gradientScale of [0, -1, Number.NaN, '1' as never])
      await expect(scaled.optimizerStep({ gradientScale })).rejects.toMatchObject({ code: 'options/invalid' })
  })
})

test('frozen parameters and their statistics stay, and batch normalization there is in inference mode', async () => {
  const requiresGrad = parameters.filter((name) => name.startsWith('fc'))
  const frozenParams = [...parameters.filter((name) => !requiresGrad.includes(name)), ...statistics]
  const head = sgd([{ name: 'head', params: requiresGrad, lr: 0.5 }])
  const session = await start({}, artifactsOf({ requiresGrad, frozenParams, optimizer: head }))
  expect(session.trainable).toEqual(requiresGrad)
  const losses: number[] = []
  for (let step = 0; step < 10; step++) {
    losses.push(numberOf((await session.trainStep(batch(0)))[session.loss]))
    await session.optimizerStep()
  }
  const before = await session.evalStep(batch(0))
  expect(numberOf(before[session.loss])).toBeLessThan(losses[0]!)
  expect(losses.every((loss, i) => i === 0 || loss < losses[i - 1]!)).toBe(true)
  const now = await session.getParameters(frozenParams)
  expect(now).toEqual(Object.fromEntries(frozenParams.map((name) => [name, golden.start[name]])))
  // A new frozen weight is seen by training and evaluation alike.
  await session.setParameters({ 'bn1.weight': { ...now['bn1.weight']!, data: new Float32Array(4) } as Tensor })
  const [trained, evaluated] = [await session.trainStep(batch(0)), await session.evalStep(batch(0))]
  expect(numberOf(trained[session.loss])).toBeCloseTo(numberOf(evaluated[session.loss]), 5)
  expect(numberOf(trained[session.loss])).not.toBeCloseTo(numberOf(before[session.loss]), 3)
})

test('learning rates come from the groups, from a list or by name', async () => {
  const session = await start()
  const after = async (learningRates?: readonly number[] | Record<string, number>) => {
    await session.setParameters(golden.start)
    await session.trainStep(batch(0))
    await session.optimizerStep({ learningRates })
    return session.getParameters()
  }
  const moved = (now: Record<string, Tensor>) =>
    groups.filter(({ params }) => params.some((name) => relativeError(now[name]!, golden.start[name]!) > 0))
  expect(moved(await after([0, 0]))).toEqual([])
  expect(moved(await after([0, 0.5]))).toEqual([groups[1]])
  expect(moved(await after({ head: 0 }))).toEqual([groups[0]])
  expect(moved(await after())).toEqual(groups)
  await expect(after([1])).rejects.toMatchObject({
    code: 'options/invalid',
    message: expect.stringMatching(/body, head.*\[1\]/),
  })
  await expect(after({ tail: 1 })).rejects.toMatchObject({
    code: 'options/invalid',
    message: expect.stringMatching(/tail/),
  })
  await expect(after([1, Number.NaN])).rejects.toMatchObject({ code: 'options/invalid' })
})

test('parameters can be read, written and read again; evaluation follows', async () => {
  const session = await start()
  const before = await session.evalStep(batch(0))
  await session.setParameters(golden.end)
  expect(await session.getParameters()).toEqual(golden.end)
  const after = await session.evalStep(batch(0))
  expectClose(after.logits, golden.logits, 1e-5, 'logits')
  expect(after.logits).not.toEqual(before.logits)
  expect(Object.keys(await session.getParameters(['fc.bias']))).toEqual(['fc.bias'])
})

test('a session goes on from a checkpoint as if it had never stopped', async () => {
  const artifacts = await artifactsOf()
  const through = await start({}, Promise.resolve(artifacts))
  await through.trainStep(batch(0))
  await through.optimizerStep()
  const checkpoint = readCheckpoint(writeCheckpoint(await through.getCheckpoint()))
  expect(checkpoint.optimizerGroups.map(({ name, step }) => [name, step])).toEqual([
    ['body', 1],
    ['head', 1],
  ])
  const resumed = await start({}, Promise.resolve({ ...artifacts, checkpoint }))
  for (const session of [through, resumed]) {
    await session.trainStep(batch(1))
    await session.optimizerStep()
  }
  expect(await resumed.getCheckpoint()).toEqual(await through.getCheckpoint())
  const [group] = checkpoint.optimizerGroups
  const other = { ...artifacts, checkpoint: { ...checkpoint, optimizerGroups: [group!] } }
  await expect(start({}, Promise.resolve(other))).rejects.toMatchObject({
    code: 'artifacts/malformed-checkpoint',
    message: expect.stringMatching(/group head/),
  })
})

test('feeds are handed over where the caller says so, and copied otherwise', async () => {
  const session = await start()
  const feeds = batch(0)
  const first = await session.trainStep(feeds)
  await session.lazyResetGrad()
  const second = await session.trainStep(feeds, { transfer: true })
  expect(second).toEqual(first)
  expect(feeds.input!.data.length).toBe(0)
})

test('memory that was handed over comes back for the next batch', async () => {
  const session = await start()
  const feeds = batch(0)
  const expected = Object.values(feeds).map(({ data }) => (data as Float32Array).slice())
  const back: ArrayBuffer[] = []
  const pool = {
    acquire: (bytes: number) => new ArrayBuffer(bytes),
    release: (buffer: ArrayBuffer) => void back.push(buffer),
  }
  const first = await session.evalStep(feeds, { pool })
  const [input, labels] = [new Float32Array(back[0]!), new BigInt64Array(back[1]!)]
  expect([input, labels]).toEqual(expected)
  const again = { input: { ...feeds.input!, data: input }, labels: { ...feeds.labels!, data: labels } } as typeof feeds
  expect(await session.evalStep(again, { pool })).toEqual(first)
  expect(back).toHaveLength(4)
})

test('what is wrong is said with a typed error', async () => {
  const session = await start()
  const { input, labels } = batch(0)
  const feeds = { input: input!, labels: labels! }
  const expectCode = (run: Promise<unknown>, code: string, message: RegExp) =>
    expect(run).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  await expectCode(session.trainStep({ input: feeds.input }), 'session/bad-feed', /labels must be int64\[N\].*nothing/)
  await expectCode(session.trainStep({ ...feeds, x: feeds.input }), 'session/bad-feed', /x must be left out/)
  await expectCode(
    session.evalStep({ ...feeds, input: { ...feeds.input, dims: [5, 3, 64] } }),
    'session/bad-feed',
    /input must be float32\[N, 3, 8, 8\]. Received: float32\[5, 3, 64\]/,
  )
  await expectCode(session.trainStep({ input: 3 as never }), 'session/bad-feed', /input must be a tensor.*Received: 3/)
  await expectCode(
    session.trainStep({ ...feeds, labels: { ...feeds.labels, dims: [4] } }),
    'session/bad-feed',
    /labels must be a tensor of 4 elements. Received: 5 elements for int64\[4\]/,
  )
  await expectCode(session.setParameters({ 'fc.bias': undefined as never }), 'session/bad-tensor', /fc.bias/)
  await expectCode(session.optimizerStep(), 'session/no-gradients', /trainStep/)
  await expectCode(session.getGradients(), 'session/no-gradients', /trainStep/)
  await expectCode(session.getParameters(['nope']), 'session/unknown-parameter', /nope.*conv1.weight/)
  await expectCode(
    session.setParameters({ 'fc.bias': feeds.input }),
    'session/bad-tensor',
    /fc.bias must be float32\[3\]/,
  )
  await session.release()
  await session.release()
  await expectCode(session.trainStep(feeds), 'session/released', /released/)
})

const PROCESSOR = where.runtimes[0] === 'onnxruntime-node' ? 'cpu' : 'wasm'

test('execution providers reach ONNX Runtime as they are given, and one that does not work is refused', async () => {
  for (const runtime of where.runtimes)
    await expect(start({ runtime, executionProviders: ['nope'] })).rejects.toMatchObject({
      code: 'session/no-provider',
      facts: { tried: [{ provider: 'nope', problem: expect.stringMatching(/nope/) }] },
    })
  const session = await start({ executionProviders: ['nope', { name: PROCESSOR }] })
  expect(session.runtimeReport).toMatchObject({
    runtime: where.runtimes[0],
    provider: PROCESSOR,
    tried: [{ provider: 'nope', problem: expect.stringMatching(/nope/) }],
  })
  expect(numberOf((await session.trainStep(batch(0)))[session.loss])).toBeCloseTo(golden.losses[0]!, 5)
})

test('options and artifacts are checked before a thread starts', async () => {
  const artifacts = await artifactsOf()
  const create = (options: object) => TrainingEngine.create({ artifacts, ...options } as TrainingEngineOptions)
  for (const options of [{ threads: 0 }, { runtime: 'ort' }, { artifacts: {} }, { target: 'abacus' }, { colour: 1 }])
    await expect(create(options)).rejects.toMatchObject({ code: 'options/invalid' })
  await expect(create({ artifacts: { ...artifacts, trainingModel: new Uint8Array(9) } })).rejects.toMatchObject({
    code: 'onnx/malformed',
  })
})

test('a signal ends the session: what waits and what comes later is rejected', async () => {
  const controller = new AbortController()
  const session = await start({ signal: controller.signal })
  const waiting = session.trainStep(batch(0))
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
  await expect(session.evalStep(batch(0))).rejects.toBe('enough')
  await expect(start({ signal: controller.signal })).rejects.toBe('enough')
})
