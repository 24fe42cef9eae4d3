import { beforeEach, expect, test, vi } from 'vitest'
import { GraphBuilder } from '../../../src/onnx/builder.js'
import type * as StockRuntime from '../../support/stockRuntime.js'
import { allGpuTests, noWebGpu } from '../../support/webgpu.js'
import { runWebGpu } from '../../support/webgpuRuntime.js'

// The tests of the operators, as they are: what they lower runs on the GPU, every node of it, or the session refuses it.
vi.mock('../support.js', async (original) => {
  const { lowered, expectSame } = await import('./lowered.js')
  return { ...(await original<object>()), lowered, expectSame }
})
vi.mock('../../support/stockRuntime.js', async (original) => {
  const [{ onGpu }, actual] = [await import('./lowered.js'), await original<typeof StockRuntime>()]
  return { ...actual, runStock: onGpu(actual.runStock) }
})

await import('../ConvGrad.test.js')
await import('../batchNorm.test.js')
// The gate has these in the steps of whole networks.
if (allGpuTests) {
  await import('../crossEntropy.test.js')
  await import('../elementwise.test.js')
  await import('../pooling.test.js')
}

/** What the provider does not have, by the end of the name of a test. */
const missing: readonly (readonly [RegExp, string])[] = [
  [/convolution: .*group 2$/, 'its convolutions of three axes have no groups'],
  [/strides 2x2x2$|x 2x2x6x5x4.*$/, 'its transposed convolutions have two axes at most'],
  [/that counts by columns|forward pool is not in the graph/, 'its pools have no Indices'],
  [/needs no Indices|on WebAssembly a kernel/, 'looks at the graph of a processor'],
  [/target wasm/, 'has run for another target: here it is the same graph'],
]

beforeEach(({ skip, task }) => {
  if (noWebGpu !== undefined) skip(noWebGpu)
  const reason = missing.find(([name]) => name.test(task.name))
  if (reason) skip(reason[1])
})

test('a session refuses a graph of which the processor would compute one node', async () => {
  const g = new GraphBuilder()
  g.op('Sign', [g.op('Relu', [g.input('x', 'float32', [2])])], {}, { outputs: ['y'] })
  g.output('y', 'float32', [2])
  const x = { type: 'float32', dims: [2], data: Float32Array.of(-1, 2) } as const
  await expect(runWebGpu(g.graph, { x })).rejects.toThrow(/fallback to CPU EP has been explicitly disabled/)
})
