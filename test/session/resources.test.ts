import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { int64 } from '../../src/onnx/graph/tensor.js'
import { sgd } from '../../src/optim/sgd.js'
import type { RuntimeName } from '../../src/platform/runtimes.js'
import { TrainingEngine } from '../../src/session/client/TrainingEngine.js'
import { discard } from '../../src/session/protocol/transfer.js'
import { gaussian } from '../support/checkOp.js'
import { parameters, smallNet } from './support/smallNet.js'

async function start(graph: Graph, params: readonly string[], runtime: RuntimeName = 'onnxruntime-node') {
  const artifacts = await generateArtifacts(graph, {
    requiresGrad: params,
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: sgd([{ name: 'all', params, lr: 1e-3 }], { momentum: 0.9 }),
  })
  return TrainingEngine.create({ artifacts, runtime, threads: 1 })
}

test('discarded buffers are empty, and their memory is free without a garbage collection', async () => {
  const bytes = 16 * 2 ** 20
  const buffers = Array.from({ length: 8 }, () => new Uint8Array(bytes).fill(1).buffer)
  const before = process.memoryUsage.rss()
  discard(buffers)
  expect(buffers.map(({ byteLength }) => byteLength)).toEqual(Array(8).fill(0))
  await expect.poll(() => before - process.memoryUsage.rss()).toBeGreaterThan(6 * bytes)
})

test('the calling thread is never blocked, however long a step takes', async () => {
  const [images, size] = [32, 224]
  const session = await start(smallNet(true, size), parameters)
  const feeds = () => ({
    input: gaussian([images, 3, size, size], 'pause'),
    labels: int64(new Array<number>(images).fill(1)),
  })
  await session.trainStep(feeds(), { transfer: true })
  // By share, since a step and what little this thread does both take longer beside other processes.
  const shares: number[] = []
  for (let step = 0; step < 3; step++) {
    const batch = feeds()
    const before = performance.eventLoopUtilization()
    await session.trainStep(batch, { transfer: true })
    await session.optimizerStep()
    const { active, utilization } = performance.eventLoopUtilization(before)
    shares.push(utilization)
    if (active < 50) break
  }
  expect(Math.min(...shares)).toBeLessThan(0.15)
  await session.release()
})

/** 3 MB of parameters, so that a leak of any of them shows within a few steps. */
function wideNet(): Graph {
  const g = new GraphBuilder()
  g.initializer('hidden.weight', gaussian([1024, 768], 'hidden'))
  g.initializer('out.weight', gaussian([3, 1024], 'out'))
  const x = g.op('Relu', [g.op('Gemm', [g.input('input', 'float32', ['N', 768]), 'hidden.weight'], { transB: 1 })])
  g.output(g.op('Gemm', [x, 'out.weight'], { transB: 1 }, { outputs: ['logits'] }), 'float32', ['N', 3])
  return g.graph
}

test.each<[RuntimeName, number]>([
  ['onnxruntime-node', 200],
  ['onnxruntime-web', 60],
])(
  'memory stays as it was on %s in %i steps, every fourth with an accumulation, some with an evaluation',
  async (runtime, count) => {
    const session = await start(wideNet(), ['hidden.weight', 'out.weight'], runtime)
    const feeds = { input: gaussian([4, 768], 'input'), labels: int64([0, 1, 2, 0]) }
    const steps = async (count: number) => {
      for (let step = 0; step < count; step++) {
        await session.trainStep(feeds)
        if (step % 4 === 0) await session.trainStep(feeds)
        await session.optimizerStep()
        if (step % 20 === 0) await session.evalStep(feeds)
      }
      return process.memoryUsage().rss / 2 ** 20
    }
    // A leak grows in every round; garbage that a busy machine has not collected yet does not.
    let [before, growth] = [await steps(count / 4), Infinity]
    for (let round = 0; round < 3 && growth >= 100; round++) {
      const after = await steps(count)
      growth = after - before
      before = after
    }
    expect(growth).toBeLessThan(100)
    await session.release()
  },
)
