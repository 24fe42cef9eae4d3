import { expect, test } from 'vitest'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph, Shape } from '../../src/onnx/graph/graph.js'
import { float32 } from '../../src/onnx/graph/tensor.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { openerFor } from '../../src/runtime/resultsInPlace.js'
import { openRuntime } from '../../src/runtime/runtime.js'

function doubling(shape: Shape): Graph {
  const g = new GraphBuilder()
  g.output(g.op('Add', [g.input('x', 'float32', shape), 'x'], {}, { outputs: ['y'] }), 'float32', shape)
  return g.graph
}
const open = async (name: RuntimeName, shape: Shape) =>
  (await openerFor(await openRuntime(name, { threads: 1 })))(doubling(shape), 'doubling')
const runtimes: RuntimeName[] = ['onnxruntime-node', 'onnxruntime-web']

test.each(runtimes)('%s: results are those of any session, whether their shape is known or not', async (name) => {
  for (const shape of [[3], ['N']]) {
    const session = await open(name, shape)
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['y']])
    const feeds = { x: float32([1, 2, 3], [3]) }
    expect(await session.run(feeds, { y: null })).toEqual({ y: float32([2, 4, 6], [3]) })
    expect(await session.run(feeds, { y: float32([0, 0, 0], [3]) })).toEqual({ y: float32([2, 4, 6], [3]) })
    await session.release()
  }
})

test('onnxruntime-node computes results into the memory that is given for them, and makes no copy', async () => {
  const size = 2 ** 22
  const session = await open('onnxruntime-node', [size])
  const [x, y] = [float32(new Float32Array(size).fill(1), [size]), float32(new Float32Array(size), [size])]
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 4; i++) expect((await session.run({ x }, { y })).y).toBe(y)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(size)
  expect(y.data[size - 1]).toBe(2)
  await session.release()
})

test.each(runtimes)('%s: a run that fails says so', async (name) => {
  const session = await open(name, [3])
  await expect(session.run({ x: float32([1], [1]) }, { y: null })).rejects.toMatchObject({
    code: 'session/run-failed',
    facts: { model: 'doubling', runtime: name, problem: expect.stringMatching(/x/) },
  })
  await session.release()
})
