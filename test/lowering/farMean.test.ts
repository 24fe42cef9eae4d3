import { describe, expect, test } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import { lower } from '../../src/lowering/lower.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import type { Graph } from '../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor } from '../../src/onnx/graph/tensor.js'
import { withGradients } from '../support/checkGradients.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { isBlockedHere, runBlocked } from './blockedSupport.js'

/**
 * Batch norms of a first convolution before a pool, of a sum, and of a convolution. Each of their inputs has been moved by
 * `offset`, some ten or a hundred standard deviations, which no batch norm sees: the network is the same with any.
 */
function network(offset: number): Graph {
  const g = new GraphBuilder()
  g.input('x', 'float32', ['N', 3, 12, 12])
  const scaled = (name: string, scale: number, ...dims: number[]) =>
    g.initializer(
      name,
      float32(
        gaussian(dims, name).data.map((value) => value * scale),
        dims,
      ),
    )
  const biased = (name: string, x: string, inputs: number, share: number) => {
    const bias = g.initializer(`${name}.constant`, float32(new Float32Array(16).fill(share * offset), [16]))
    return g.op('Conv', [x, scaled(name, 1 / Math.sqrt(9 * inputs), 16, inputs, 3, 3), bias], { pads: [1, 1, 1, 1] })
  }
  const norm = (name: string, x: string) => {
    const positive = (part: string) =>
      g.initializer(
        `${name}.${part}`,
        float32(
          gaussian([16], name, part).data.map((value) => 1 + Math.abs(value)),
          [16],
        ),
      )
    const [scale, bias] = [positive('scale'), scaled(`${name}.bias`, 0.3, 16)]
    const mean = g.initializer(`${name}.running_mean`, float32(new Float32Array(16), [16]))
    return g.op('BatchNormalization', [x, scale, bias, mean, positive('running_var')])
  }
  const first = g.op('Relu', [norm('a', biased('w', 'x', 3, 1))])
  const pooled = g.op('MaxPool', [first], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })
  const sum = g.op('Add', [biased('v', pooled, 16, 0.5), biased('u', pooled, 16, 0.5)])
  const last = norm('c', biased('t', g.op('Relu', [norm('b', sum)]), 16, -1))
  const flat = g.op('Flatten', [g.op('GlobalAveragePool', [g.op('Mul', [last, last])])])
  g.output(g.op('Gemm', [flat, scaled('fc', 0.3, 3, 16)], { transB: 1 }), 'float32', ['N', 3])
  return g.graph
}

const feeds = { x: gaussian([4, 3, 12, 12], 'pictures'), labels: int64([0, 1, 2, 0]) }

type Run = (graph: Graph, feeds: Readonly<Record<string, Tensor>>) => Promise<Record<string, Tensor>>

/** Loss, gradients and running variances. */
async function results(offset: number, run: Run): Promise<Record<string, Tensor>> {
  const forward = network(offset)
  const requiresGrad = [...forward.initializers.keys()].filter((name) => !/constant|running/.test(name))
  const training = buildTrainingGraph(forward, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
  const named = await run(...withGradients(training, forward, feeds))
  return Object.fromEntries(Object.entries(named).filter(([name]) => !/running_mean|accumulation/.test(name)))
}

const withoutVariances = (named: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(named).filter(([name]) => !name.includes('running_var')))

const plain: Run = (graph, all) => runStock(lower(graph, { target: 'cpu' }), all)

describe('a batch mean far from the running mean', () => {
  test.each([0, 30, 300])('loses no digits in the standard layout: %i', async (offset) => {
    const official = withoutVariances(await results(0, runOfficial))
    const [near, far] = [await results(0, plain), await results(offset, plain)]
    expectAllClose(near, official, 1e-5)
    expectAllClose(far, near, toleranceOf(offset))
  })

  test.skipIf(!isBlockedHere).each([0, 30, 300])('loses no digits in the blocked form: %i', async (offset) => {
    const near = await results(0, plain)
    expectAllClose(await results(offset, runBlocked), near, toleranceOf(offset))
  })

  test('costs a pass over memory only where it is far', async () => {
    const forward = network(0)
    const requiresGrad = ['a.scale', 'w']
    const training = buildTrainingGraph(forward, { requiresGrad, loss: { type: 'crossEntropy', reduction: 'mean' } })
    const shapes = new Map([
      ['x', [4, 3, 12, 12]],
      ['labels', [4]],
    ])
    const { nodes } = lower(training, { target: 'cpu-blocked16', shapes })
    const branches = nodes.filter(({ opType }) => opType === 'If').map(({ attributes }) => attributes)
    const sizes = ['then_branch', 'else_branch'].map((name) =>
      branches.map((branch) => (branch[name]!.value as Graph).nodes.length),
    )
    expect(sizes[0]!.every((size) => size > 1)).toBe(true)
    expect(sizes[1]).toEqual([1, 1])
  })
})

/** Half a unit in the last place of the offset is what an input loses; deviations are about 1, and errors add up. */
const toleranceOf = (offset: number): number => 1e-5 + 16 * offset * 2 ** -24
