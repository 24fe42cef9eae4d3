import { expect } from 'vitest'
import { type LowerOptions, lower } from '../../src/lowering/lower.js'
import type { Target } from '../../src/lowering/targets.js'
import { GraphBuilder } from '../../src/onnx/builder.js'
import { type Graph, MS } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { runStock } from '../support/stockRuntime.js'
import { where } from '../support/where.js'

/** The operators of com.microsoft that lowerings write for a target. */
const WRITTEN: Partial<Record<Target, readonly string[]>> = { wasm: ['FusedMatMul'] }

/** The lowering under test, which also sees to it that nothing of a training build is left. */
export const lowered =
  (options: Partial<LowerOptions> = {}) =>
  (graph: Graph): Graph => {
    const result = lower(graph, { target: where.target, ...options })
    const written = WRITTEN[options.target ?? where.target] ?? []
    const strangers = result.nodes.filter(
      ({ domain, opType }) => (domain !== '' && !written.includes(opType)) || opType.endsWith('Grad'),
    )
    expect(strangers.map(({ opType }) => opType)).toEqual([])
    return result
  }

/** A graph that a function writes, at operator set 17, with the domain of the training operators. */
export function graphOf(write: (g: GraphBuilder) => void): Graph {
  const g = new GraphBuilder()
  write(g)
  g.graph.opsets = new Map([
    ['', 17],
    [MS, 1],
  ])
  return g.graph
}

/** Microsoft's kernels against ours, by output name. */
export async function expectSame(
  graph: Graph,
  feeds: Record<string, Tensor>,
  options: Partial<LowerOptions> = {},
  tolerance = 1e-5,
): Promise<void> {
  expectAllClose(await runStock(lowered(options)(graph), feeds), await runOfficial(graph, feeds), tolerance)
}

export const name = (facts: Record<string, unknown>): string =>
  Object.entries(facts)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join('x') : value}`)
    .join(', ')

export const FLAG = '.accumulation.out'

/** The official graph with its gradients as outputs too, in the place of the flags. */
export function gradientsShown(graph: Graph): Graph {
  const copy = graph.clone()
  copy.outputs = copy.outputs.map((output) =>
    output.name.endsWith(FLAG) ? { name: output.name.replace(FLAG, ''), type: 'float32' } : output,
  )
  copy.nodes = copy.nodes.filter((node) => node.opType !== 'InPlaceAccumulatorV2')
  return copy
}
