import { expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { openRuntime } from '../../src/runtime/runtime.js'

function doubling(): Uint8Array {
  const g = new GraphBuilder()
  g.output(g.op('Add', [g.input('x', 'float32', ['N']), 'x'], {}, { outputs: ['y'] }), 'float32', ['N'])
  return writeModel(g.graph)
}

const runtimes: RuntimeName[] = ['onnxruntime-node', 'onnxruntime-web']

test.each(runtimes)('%s runs a model, into memory that is offered or not', async (name) => {
  const session = await (await openRuntime(name, { threads: 1 })).createSession(doubling(), 'doubling')
  const feeds = { x: float32([1, 2, 3], [3]) }
  expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']])
  expect(await session.run(feeds, { y: null })).toEqual({ y: float32([2, 4, 6], [3]) })
  expect(await session.run(feeds, { y: float32([0, 0, 0], [3]) })).toEqual({ y: float32([2, 4, 6], [3]) })
  await session.release()
})

test.each(runtimes)('%s: what it says about a provider, a model or a run becomes a typed error', async (name) => {
  const unknown = await openRuntime(name, { threads: 1, executionProviders: ['nope'] })
  await expect(unknown.createSession(doubling(), 'doubling')).rejects.toMatchObject({
    code: 'session/cannot-open',
    facts: { model: 'doubling', runtime: name, executionProviders: ['nope'], problem: expect.stringMatching(/nope/) },
  })
  const runtime = await openRuntime(name, { threads: 1 })
  await expect(runtime.createSession(new Uint8Array([1, 2, 3]), 'broken')).rejects.toMatchObject({
    code: 'session/cannot-open',
    facts: { model: 'broken' },
  })
  const session = await runtime.createSession(doubling(), 'doubling')
  await expect(session.run({ x: float32([1], [1, 1]) }, { y: null })).rejects.toMatchObject({
    code: 'session/run-failed',
    facts: { model: 'doubling', runtime: name },
  })
  await session.release()
})

test('without a name, onnxruntime-node comes first', async () => {
  expect((await openRuntime()).name).toBe('onnxruntime-node')
})
