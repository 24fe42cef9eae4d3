import { afterEach, describe, expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import { OrtRuntime } from '../../src/runtime/OrtRuntime.js'
import { openerFor } from '../../src/runtime/resultsInPlace.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { TrainingHost } from '../../src/session/host/TrainingHost.js'
import { expectAllClose } from '../support/compare.js'
import { fakeDevice } from '../support/fakeDevice.js'
import { noWebGpu } from '../support/webgpu.js'
import { batch, groups, parameters, smallNet, statistics } from './support/smallNet.js'

const artifactsOf = (frozen: readonly string[] = []) => {
  const params = parameters.filter((name) => !frozen.includes(name))
  const trained = groups.map((group) => ({ ...group, params: group.params.filter((name) => params.includes(name)) }))
  return generateArtifacts(smallNet(), {
    requiresGrad: params,
    frozenParams: frozen,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    outputs: ['logits'],
    optimizer: sgd(
      trained.filter((group) => group.params.length > 0),
      { momentum: 0.9, weightDecay: 1e-2 },
    ),
  })
}

async function open(options: Parameters<typeof fakeDevice>[0] = {}, provider = 'webgpu', frozen: string[] = []) {
  const device = fakeDevice(options)
  const runtime = new OrtRuntime('onnxruntime-node', device.module, { executionProviders: [provider], threads: 1 })
  const report = { runtime: runtime.name, provider, target: 'cpu', tried: [] } as const
  const host = new TrainingHost(await artifactsOf(frozen), { report, runtime, open: await openerFor(runtime) })
  return { device, host, runtime }
}

/** Every kind of call that changes the state, once. */
async function train(host: TrainingHost): Promise<void> {
  await host.updateStep(batch(0), undefined)
  await host.trainStep(batch(1))
  await host.trainStep(batch(2))
  await host.optimizerStep({ gradientScale: 0.5 })
  await host.updateStep(batch(1), [0.01, 0.1])
}

describe('with a device that keeps the state', () => {
  test('training is that of the processor, to the bit: steps, accumulation, evaluation, gradients, checkpoint', async () => {
    const [far, near] = [await open(), await open({}, 'cpu')]
    for (const { host } of [far, near]) await train(host)
    expect(await far.host.getCheckpoint()).toEqual(await near.host.getCheckpoint())
    expect(await far.host.evalStep(batch(0))).toEqual(await near.host.evalStep(batch(0)))
    for (const { host } of [far, near]) await host.trainStep(batch(0))
    expect(await far.host.getGradients()).toEqual(await near.host.getGradients())
    for (const { host } of [far, near])
      await host.setParameters({ 'fc.bias': { type: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) } })
    for (const { host } of [far, near]) await host.optimizerStep({})
    expect(await far.host.evalStep(batch(0))).toEqual(await near.host.evalStep(batch(0)))
    await far.host.release()
    expect(far.device.live()).toBe(0)
  })

  test('averages and their evaluation are those of the processor, to the bit; all is freed', async () => {
    const [far, near] = [await open(), await open({}, 'cpu')]
    for (const { host } of [far, near]) {
      await host.averages.start()
      for (const [step, share] of [0.5, 0.25, 0.125].entries()) {
        await host.updateStep(batch(step), undefined)
        await host.averages.update(share)
        if (step === 0) await host.evalStep(batch(0), true)
      }
    }
    const averages = await near.host.averages.get()
    expect(Object.keys(averages).sort()).toEqual([...parameters, ...statistics].sort())
    expect(await far.host.averages.get()).toEqual(averages)
    // On the processor they are constants, whose batch normalizations are folded.
    expectAllClose(await far.host.evalStep(batch(0), true), await near.host.evalStep(batch(0), true), 1e-5)
    // Averages that are set are those that are evaluated, and the weights stay.
    const evaluated = await near.host.evalStep(batch(0))
    for (const { host } of [far, near]) await host.averages.start(await host.getParameters(parameters))
    expectAllClose(await far.host.evalStep(batch(0), true), await near.host.evalStep(batch(0), true), 1e-5)
    expect(await near.host.evalStep(batch(0))).toEqual(evaluated)
    await far.host.release()
    expect(far.device.live()).toBe(0)
  })

  test('parameters that are frozen are replaced in every model', async () => {
    const frozen = parameters.filter((name) => !name.startsWith('fc'))
    const [far, near] = [await open({}, 'webgpu', frozen), await open({}, 'cpu', frozen)]
    for (const { host } of [far, near]) {
      await host.evalStep(batch(0))
      await host.updateStep(batch(0), undefined)
      const weight = (await host.getParameters(['conv1.weight']))['conv1.weight']!
      await host.setParameters({
        'conv1.weight': { ...weight, data: (weight.data as Float32Array).map((x) => -x) } as Tensor,
      })
      await host.updateStep(batch(1), undefined)
    }
    expect(await far.host.evalStep(batch(0))).toEqual(await near.host.evalStep(batch(0)))
    expect(await far.host.getParameters()).toEqual(await near.host.getParameters())
  })

  test('200 steps free all that they replace', async () => {
    const { device, host } = await open()
    const counts: number[] = []
    for (let step = 0; step < 40; step++) {
      await train(host)
      if (step % 10 === 0) await host.evalStep(batch(0))
      counts.push(device.live())
    }
    // Parameters, momenta, gradients, statistics.
    expect(new Set(counts)).toEqual(new Set([parameters.length * 3 + statistics.length]))
    await host.release()
    expect(device.live()).toBe(0)
  })

  test('a step returns its outputs and what is checked, nothing of the state; a name returns one tensor', async () => {
    const { device, host } = await open()
    const { loss } = host.facts
    for (let step = 0; step < 2; step++) await host.updateStep(batch(0), undefined)
    const checks = ['gradient_squares', 'statistic_sums']
    expect([...device.returned.keys()].sort()).toEqual([...checks, loss, 'logits'].sort())
    device.returned.clear()
    const { dims } = (await host.getParameters(['conv2.weight']))['conv2.weight']!
    expect([...device.returned]).toEqual([['to', dims.reduce((a, b) => a * b) * 4]])
  })

  test('a step whose results are not finite leaves the state as it was, and frees them', async () => {
    let isBroken = false
    const { device, host } = await open({
      fault: (name, data) => isBroken && name === 'statistic_sums' && data.fill(Number.NaN, 1, 2),
    })
    await train(host)
    const [before, live] = [await host.getCheckpoint(), device.live()]
    isBroken = true
    const failed = { code: 'session/not-finite', facts: { tensor: `${statistics[1]}.out` } }
    await expect(host.updateStep(batch(0), undefined)).rejects.toMatchObject(failed)
    expect(device.live()).toBe(live)
    expect(await host.getCheckpoint()).toEqual(before)
    isBroken = false
    const inf = batch(0)
    inf.input!.data[0] = Number.POSITIVE_INFINITY
    await expect(host.updateStep(inf, undefined, true)).rejects.toMatchObject({
      code: 'session/not-finite',
      facts: { tensor: 'input' },
    })
    expect(device.live()).toBe(live)
    expect(await host.getCheckpoint()).toEqual(before)
  })

  test('a lost device is a typed error, and nothing is run on it afterwards', async () => {
    let runs = 0
    let isLost = false
    const { host } = await open({
      async before() {
        runs++
        if (isLost) throw new Error("Failed to execute 'mapAsync': The Device was lost before mapping was resolved.")
      },
    })
    await host.updateStep(batch(0), undefined)
    isLost = true
    await expect(host.updateStep(batch(0), undefined)).rejects.toMatchObject({
      code: 'session/device-lost',
      facts: { provider: 'webgpu', model: 'updating training' },
      message: expect.stringMatching(/Resume the run from its last checkpoint/),
    })
    const before = runs
    await expect(host.getParameters()).rejects.toMatchObject({ code: 'session/device-lost' })
    await expect(host.evalStep(batch(0))).rejects.toMatchObject({ code: 'session/device-lost' })
    expect(runs).toBe(before)
    await host.release()
  })
})

const engines: TrainingEngine[] = []
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.release()))
})
const start = async (provider: string, artifacts = artifactsOf()) => {
  const engine = await TrainingEngine.create({ artifacts: await artifacts, executionProviders: [provider], threads: 1 })
  engines.push(engine)
  return engine
}

describe.skipIf(noWebGpu)('on WebGPU of onnxruntime-node', () => {
  test('20 steps equal those of the processor, and a checkpoint goes on to the byte', async () => {
    const [gpu, cpu] = [await start('webgpu'), await start('cpu')]
    expect(gpu.runtimeReport).toMatchObject({ runtime: 'onnxruntime-node', provider: 'webgpu', tried: [] })
    let checkpoint = await gpu.getCheckpoint()
    for (let step = 0; step < 20; step++) {
      if (step === 10) checkpoint = await gpu.getCheckpoint()
      for (const engine of [gpu, cpu]) await engine.updateStep(batch(step % 3), { learningRates: [0.01, 0.02] })
    }
    expectAllClose(await gpu.getParameters(), await cpu.getParameters(), 1e-3)
    expectAllClose(await gpu.evalStep(batch(0)), await cpu.evalStep(batch(0)), 1e-3)

    const again = await start(
      'webgpu',
      artifactsOf().then((made) => ({ ...made, checkpoint })),
    )
    for (let step = 10; step < 20; step++) await again.updateStep(batch(step % 3), { learningRates: [0.01, 0.02] })
    expect(await again.getCheckpoint()).toEqual(await gpu.getCheckpoint())
  })
})
