import { expect } from 'vitest'
import { buildTrainingGraph } from '../../src/autodiff/buildTrainingGraph.js'
import type { Loss } from '../../src/autodiff/loss.js'
import type { Graph, Node } from '../../src/onnx/graph/graph.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from './checkOp.js'
import { expectClose } from './compare.js'
import { toArray64 } from './float64/Array64.js'
import { evaluate64, type Values } from './float64/evaluate.js'
import { runOfficial } from './officialRuntime.js'
import type { Feeds } from './runtime.js'

export interface GradientCheck {
  readonly requiresGrad: readonly string[]
  readonly frozenParams?: readonly string[]
  readonly loss?: Loss
  /** The user inputs and the labels. */
  readonly feeds: Feeds
  /**
   * Compare the slopes along this many random directions in the space of each parameter instead of the derivative by
   * each of its elements: much less work for large ones.
   */
  readonly directions?: number
  /** Relative error that is allowed between a gradient and finite differences. Default 2e-5. */
  readonly tolerance?: number
}

/**
 * Builds the training graph of a forward graph, runs it on Microsoft's training build and compares the loss and every
 * gradient with central differences of a float64 evaluation of the forward graph. Returns the training graph.
 */
export async function checkGradients(forward: Graph, check: GradientCheck): Promise<Graph> {
  const loss: Loss = check.loss ?? { type: 'crossEntropy', reduction: 'mean' }
  const graph = buildTrainingGraph(forward, { ...check, loss })
  const results = await runOfficial(...withGradients(graph, forward, check.feeds))
  const reference = new LossReference(graph, forward, check)
  const actual = Number(results[reference.loss]!.data[0])
  expect(Math.abs(actual - reference.value()) / Math.abs(reference.value()), 'error of the loss').toBeLessThan(2e-6)
  for (const parameter of check.requiresGrad) {
    const gradient = results[`${parameter}_grad`]!
    const [found, expected] = check.directions
      ? slopesAlong(check.directions, parameter, gradient, reference)
      : [gradient, reference.gradient(parameter)]
    expectClose(found, expected, check.tolerance ?? 2e-5, `${parameter}_grad`)
  }
  return graph
}

/**
 * A training graph that also puts out the gradients `<parameter>_grad` themselves, and feeds for all of its inputs:
 * parameters as they are in the model, empty buffers.
 */
export function withGradients(graph: Graph, forward: Graph, feeds: Feeds): [Graph, Feeds] {
  const shown = graph.clone()
  const all: Record<string, Tensor> = { ...feeds }
  const suffix = '.accumulation.buffer'
  for (const { name } of graph.inputs) {
    const parameter = forward.initializers.get(name)
    if (parameter) all[name] = parameter
    if (!name.endsWith(suffix)) continue
    const gradient = name.slice(0, -suffix.length)
    const { dims, data } = forward.initializers.get(gradient.slice(0, -'_grad'.length))!
    all[name] = float32(new Float32Array(data.length), dims)
    shown.outputs.push({ name: gradient, type: 'float32', shape: dims })
  }
  all.lazy_reset_grad = { type: 'bool', dims: [1], data: Uint8Array.of(1) }
  return [shown, all]
}

/** The slopes of the loss along random directions: by the gradient, and by finite differences. */
function slopesAlong(count: number, parameter: string, gradient: Tensor, reference: LossReference): [Tensor, Tensor] {
  const directions = Array.from({ length: count }, (_, i) => gaussian(gradient.dims, parameter, i).data)
  const dot = (direction: Float32Array) => direction.reduce((sum, v, i) => sum + v * Number(gradient.data[i]), 0)
  const slopes = directions.map((direction) => reference.slope(parameter, direction))
  return [float32(directions.map(dot), [count]), float32(slopes, [count])]
}

class LossReference {
  readonly loss: string
  readonly #values: Values
  readonly #forward: Graph

  /** The forward graph of the model with the loss node of the training graph behind it. */
  constructor(graph: Graph, forward: Graph, check: GradientCheck) {
    const node = graph.nodes.find(({ opType }) => opType === 'SoftmaxCrossEntropyLoss')!
    this.loss = node.outputs[0]!
    this.#forward = forward.clone()
    this.#forward.nodes.push(node)
    const tensors = [...Object.entries(check.feeds), ...forward.initializers]
    this.#values = new Map(tensors.map(([name, tensor]) => [name, toArray64(tensor)]))
    this.#trains = ({ inputs }) => inputs.slice(1, 3).some((name) => check.requiresGrad.includes(name))
  }

  readonly #trains: (node: Node) => boolean

  value(): number {
    return evaluate64(this.#forward, this.loss, this.#values, this.#trains).data[0]!
  }

  /** The central difference along a direction. */
  slope(parameter: string, direction: Float32Array): number {
    const { data } = this.#values.get(parameter)!
    const start = data.slice()
    const step = 1e-5
    const at = (distance: number) => {
      data.set(start.map((value, i) => value + distance * direction[i]!))
      return this.value()
    }
    const slope = (at(step) - at(-step)) / (2 * step)
    data.set(start)
    return slope
  }

  /** The central difference along every axis: the gradient. */
  gradient(parameter: string): Tensor {
    const { dims, data } = this.#values.get(parameter)!
    const axis = (i: number) => new Float32Array(data.length).fill(1, i, i + 1)
    const slopes = Float32Array.from(data, (_, i) => this.slope(parameter, axis(i)))
    return float32(slopes, dims)
  }
}
