import { afterEach, describe, expect, test, vi } from 'vitest'
import type { FoundProviders, OrtModule } from '../../src/platform/contract.js'
import type { ExecutionProviders } from '../../src/platform/runtimes.js'
import { chooseRuntime } from '../../src/runtime/chooseRuntime.js'
import { OrtRuntime } from '../../src/runtime/OrtRuntime.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { selfTest } from '../../src/session/host/selfTest.js'
import { type Fault, fakeDevice } from '../support/fakeDevice.js'
import { noWebGpu } from '../support/webgpu.js'

const seam = vi.hoisted(() => ({
  module: undefined as OrtModule | undefined,
  found: undefined as FoundProviders | undefined,
}))
vi.mock('#platform', async (original) => {
  const platform = await original<typeof import('../../src/platform/node/platform.js')>()
  return {
    ...platform,
    importRuntime: async (name: 'onnxruntime-node') => seam.module ?? platform.importRuntime(name),
    findProviders: async (name: 'onnxruntime-node') => seam.found ?? platform.findProviders(name),
  }
})
afterEach(() => {
  seam.module = seam.found = undefined
})

const onFake = (fault?: Fault, before?: () => Promise<void>) => {
  const device = fakeDevice({ ...(fault && { fault }), ...(before && { before }) })
  return { device, runtime: new OrtRuntime('onnxruntime-node', device.module, { executionProviders: ['webgpu'] }) }
}

/** The output that holds the state of momentum after the first step: the gradient itself. */
const GRADIENT = 'first.weight.momentum_buffer.out'

describe('the self-test', () => {
  test('passes a device that computes right, and frees what it had there', async () => {
    const { device, runtime } = onFake()
    expect(await selfTest(runtime)).toBeUndefined()
    expect(device.live()).toBe(0)
  })

  test.each<[string, Fault, RegExp]>([
    ['a gradient of zeros', (name, data) => name === GRADIENT && data.fill(0), /gradient of first.weight wrong/],
    ['NaN in a gradient', (name, data) => name === GRADIENT && data.fill(Number.NaN, 0, 1), /gradient of first.weight/],
    ['NaN in the logits', (name, data) => name === 'logits' && data.fill(Number.NaN), /logits wrong: not a number/],
    ['a loss that is NaN', (name, data) => /loss/.test(name) && data.fill(Number.NaN), /wrong|finite/],
    ['an update that is not done', (name, data) => name === 'head.bias.out' && data.fill(0), /head.bias wrong/],
    ['a wrong statistic', (name, data) => name === 'first.running_var.out' && data.fill(9), /first.running_var wrong/],
    [
      'logits that are off by a fifth',
      (name, data) => name === 'logits' && data.set(data.map((x) => x * 1.2)),
      /off by 20 %/,
    ],
  ])('refuses %s', async (_, fault, problem) => {
    expect(await selfTest(onFake(fault).runtime)).toMatch(problem)
  })

  test('passes results with the 10 bits of TF32', async () => {
    const round: Fault = (name, data) => {
      // Products are rounded so, not what is stored.
      if (/(weight|bias|scale|shift)\.out$/.test(name)) return
      const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
      for (const [i, value] of bits.entries()) bits[i] = value & 0xffff_e000
    }
    expect(await selfTest(onFake(round).runtime)).toBeUndefined()
  })

  test('refuses a device that does not answer, one that fails and one that is lost', async () => {
    const { runtime } = onFake(undefined, () => new Promise(() => {}))
    expect(await selfTest(runtime, undefined, 50)).toBe('no answer within 0.05 s')
    const failing = onFake(undefined, () => Promise.reject(new Error('shader does not compile'))).runtime
    expect(await selfTest(failing)).toMatch(/shader does not compile/)
    const lost = onFake(undefined, () => Promise.reject(new Error('The Device was lost before mapping'))).runtime
    expect(await selfTest(lost)).toMatch(/device of webgpu was lost/)
  })

  test.skipIf(noWebGpu)('passes WebGPU of onnxruntime-node', async () => {
    expect(await selfTest(await openRuntime('onnxruntime-node', { executionProviders: ['webgpu'] }))).toBeUndefined()
  })

  test.skipIf(noWebGpu)('refuses WebGPU of onnxruntime-node whose gradient is made zero', async () => {
    const real = (await import('onnxruntime-node')) as unknown as OrtModule
    const create = async (...args: Parameters<OrtModule['InferenceSession']['create']>) => {
      const session = await real.InferenceSession.create(...args)
      // The copies from the device have the shape of what they copy; this is that of the first weights' gradient.
      const run = async (...values: [never, never]) => {
        const results = await session.run(...values)
        const { to } = results
        if (to?.location === 'cpu' && `${to.dims}` === '8,3,3,3') (to.data as Float32Array).fill(0)
        return results
      }
      return { inputNames: session.inputNames, outputNames: session.outputNames, run, release: () => session.release() }
    }
    const module = { ...real, InferenceSession: { create } } as unknown as OrtModule
    const runtime = new OrtRuntime('onnxruntime-node', module, { executionProviders: ['webgpu'] })
    expect(await selfTest(runtime)).toMatch(/gradient of first.weight wrong: off by 100 %/)
  })
})

describe('the choice of a provider', () => {
  const choose = (executionProviders: ExecutionProviders | undefined, test = selfTest) =>
    chooseRuntime({ runtime: 'onnxruntime-node', executionProviders, threads: 1 }, (runtime) => test(runtime))

  test('a list is taken in order, and each entry is tested', async () => {
    seam.module = fakeDevice({ fault: (name, data) => name === 'logits' && data.fill(0) }).module
    const { runtime, tried } = await choose(['nope', { name: 'also-not' }, 'webgpu', { name: 'cpu' }])
    expect([runtime.provider, runtime.onCpu]).toEqual(['cpu', true])
    expect(tried).toEqual([
      { provider: 'nope', problem: expect.stringContaining('nope') },
      { provider: 'also-not', problem: expect.stringContaining('also-not') },
      { provider: 'webgpu', problem: expect.stringContaining('logits') },
    ])
  })

  test('the first that works is taken', async () => {
    seam.module = fakeDevice().module
    expect(await choose(['webgpu', 'cpu'])).toMatchObject({ runtime: { provider: 'webgpu', onCpu: false }, tried: [] })
  })

  test('a list of which none works is an error, never another provider', async () => {
    seam.module = fakeDevice({ fault: (name, data) => name === 'logits' && data.fill(0) }).module
    await expect(choose(['webgpu', 'nope'])).rejects.toMatchObject({
      code: 'session/no-provider',
      facts: { tried: [{ provider: 'webgpu' }, { provider: 'nope' }] },
      message: expect.stringMatching(/webgpu \(it computes logits wrong.*nope \(.*'cpu'/s),
    })
  })

  test('auto takes the first that is found and works, else the processor, and says why', async () => {
    seam.module = fakeDevice().module
    seam.found = { providers: ['nope', 'webgpu'], refused: [{ provider: 'cuda', problem: 'is not installed' }] }
    const { runtime, tried } = await choose('auto')
    expect([runtime.provider, tried.map(({ provider }) => provider)]).toEqual(['webgpu', ['cuda', 'nope']])
    seam.module = fakeDevice({ fault: (_, data) => data.fill(Number.NaN) }).module
    const fallen = await choose('auto')
    expect([fallen.runtime.provider, fallen.tried.length]).toEqual(['cpu', 3])
  })

  test('the default is the processor, which is not tested', async () => {
    const never = vi.fn(async () => 'wrong')
    expect(await choose(undefined, never)).toMatchObject({ runtime: { provider: 'cpu' }, tried: [] })
    expect(await choose(['cpu'], never)).toMatchObject({ runtime: { provider: 'cpu' }, tried: [] })
    expect(never).not.toHaveBeenCalled()
  })
})
