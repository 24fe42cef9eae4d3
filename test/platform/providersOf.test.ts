import { expect, test } from 'vitest'
import { providersOf } from '../../src/platform/node/providersOf.js'

test('providers that are built in or installed are tried, the most promising first', () => {
  const backends = [
    { name: 'cpu', bundled: true },
    { name: 'tensorrt', bundled: false },
    { name: 'cuda', bundled: false },
    { name: 'webgpu', bundled: true },
  ]
  expect(providersOf(backends, ['napi-v6/linux/x64/libonnxruntime.so.1'])).toEqual({
    providers: ['webgpu'],
    refused: [{ provider: 'cuda', problem: 'its library is not installed with onnxruntime-node' }],
  })
  expect(providersOf(backends, ['napi-v6/linux/x64/libonnxruntime_providers_cuda.so'])).toEqual({
    providers: ['webgpu', 'cuda'],
    refused: [],
  })
  expect(providersOf([], [])).toEqual({ providers: [], refused: [] })
})
