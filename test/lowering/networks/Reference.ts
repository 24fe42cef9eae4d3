import type { Graph, Node } from '../../../src/onnx/graph/graph.js'
import { float32, int64, type Tensor, zeros } from '../../../src/onnx/graph/tensor.js'
import { type Random, seededRandom } from '../../../src/random.js'
import { type Array64, toArray64 } from '../../support/float64/Array64.js'
import { type Options64, type Values, values64 } from '../../support/float64/evaluate.js'
import { marginOf } from './kinks.js'

/** A step of training, before anything is lowered. */
export interface Step {
  readonly training: Graph
  readonly optimizer: Graph
  readonly trainable: readonly string[]
  readonly statistics: readonly string[]
  readonly loss: string
  readonly outputs: readonly string[]
  /** What is fed, and every parameter. */
  readonly feeds: Readonly<Record<string, Tensor>>
}

/**
 * The official training graph and the optimizer's in float64, once as they are and twice with every result of an operator
 * moved at random by as much as float32 rounding would: what comes of that tells how well each value can be known.
 */
export class Reference {
  /** The loss, the outputs asked for, and what each parameter and statistic becomes. */
  readonly results: Values
  readonly rates: readonly number[]
  readonly #step: Step
  readonly #values: Values
  readonly #noisy: readonly Values[]

  constructor(step: Step) {
    this.#step = step
    const gradients = this.#train()
    // A step of about the size of the weights, so that an error of the gradient is seen in them.
    this.rates = step.trainable.map((name) => {
      const size = largest(gradients.get(`${name}_grad`)!)
      return Math.fround(Math.min(1 / Math.max(size, 1e-6), 1e6))
    })
    this.#values = this.#update(gradients)
    this.#noisy = [1, 2].map((run) => {
      const after = rounding(seededRandom('noise', run))
      return this.#update(this.#train({ after }), { after })
    })
    const { loss, outputs, trainable, statistics } = step
    const names = [loss, ...outputs, ...[...trainable, ...statistics].map((name) => `${name}.out`)]
    this.results = new Map(names.map((name) => [name, this.#values.get(name)!]))
  }

  gradient(parameter: string): Array64 {
    return this.#values.get(`${parameter}_grad`)!
  }

  /** How far rounding may move a value. */
  noise(name: string): number {
    return Math.max(...this.#noisy.map((noisy) => distance(noisy.get(name)!, this.#values.get(name)!)))
  }

  /** Whether every ReLU, limit and maximum is clear: whether its input is `times` as far from the bend as rounding moves it. */
  isClear(times: number): boolean {
    return this.#step.training.nodes.every((node: Node) => {
      const margin = marginOf(node, this.#values)
      return margin === undefined || margin > times * this.noise(node.inputs[0]!)
    })
  }

  #train(options: Options64 = {}): Values {
    const { training, feeds } = this.#step
    const inputs = training.inputs.map(({ name }) => {
      const parameter = name.replace(/_grad\.accumulation\.buffer$/, '')
      if (name === 'lazy_reset_grad') return [name, { dims: [1], data: Float64Array.of(1) }] as const
      return [name, toArray64(parameter === name ? feeds[name]! : zeros('float32', feeds[parameter]!.dims))] as const
    })
    return values64(training, new Map(inputs), options)
  }

  /** Adds what the optimizer puts out. Other values of its graph may have names of the training graph. */
  #update(values: Values, options: Options64 = {}): Values {
    const { optimizer } = this.#step
    const own = new Map(
      Object.entries(optimizerFeeds(this.#step, this.rates)).map(([name, tensor]) => [name, toArray64(tensor)]),
    )
    const inputs = optimizer.inputs.map(({ name }) => [name, own.get(name) ?? values.get(name)!] as const)
    const results = values64(optimizer, new Map(inputs), options)
    return new Map([...values, ...optimizer.outputs.map(({ name }) => [name, results.get(name)!] as const)])
  }
}

/** What float32 rounds away, twice. */
const ROUNDING = 2 ** -23

/** Moves the results of an operator as rounding may. */
function rounding(noise: Random): NonNullable<Options64['after']> {
  const some = () => ROUNDING * noise.uniform(-1, 1)
  // Whole numbers are places, labels and masks.
  const relative = (value: number) => (Number.isInteger(value) ? value : value * (1 + some()))
  return ({ dims, data }, node, values) => {
    const scale = SUMS.has(node.opType) ? largest({ dims, data }) : scaleWithin(node, dims, values)
    if (scale === undefined) return { dims, data: data.map(relative) }
    // What is rounded once for a channel, its mean and its deviation, moves all of its values alike.
    const inner = dims.slice(2).reduce((size, dim) => size * dim, 1)
    const channels = NORMS.has(node.opType) ? (dims[1] ?? 0) : 0
    const [shifts, factors] = [Array.from({ length: channels }, some), Array.from({ length: channels }, some)]
    const moved = (value: number, i: number) => {
      const channel = Math.floor(i / inner) % channels
      return value + scale * (some() + (shifts[channel] ?? 0)) + value * (factors[channel] ?? 0)
    }
    return { dims, data: data.map(moved) }
  }
}

const NORMS = new Set(['BatchNormInternal', 'BatchNormalizationGrad'])
/** Their results are sums, some of them small ones of large products. */
const SUMS = new Set(['Conv', 'ConvGrad', 'Gemm', 'MatMul'])

/** How large the numbers are whose difference is the result of an operator, where that is smaller. */
function scaleWithin({ opType, inputs, outputs }: Node, dims: readonly number[], values: Values): number | undefined {
  const sizeOf = (name: string | undefined) => largest(values.get(name!)!)
  // Logits and the logarithm of their sum; a probability and 1.
  if (opType === 'SoftmaxCrossEntropyLoss') return Math.max(1, sizeOf(inputs[0]))
  if (opType === 'SoftmaxCrossEntropyLossGrad') return sizeOf(inputs[0])
  // The old statistics and those of the batch.
  if (opType === 'BatchNormInternal' && dims.length < 2) return Math.max(sizeOf(inputs[3]), sizeOf(inputs[4]))
  if (dims.length < 2) return undefined
  // A value and its mean, the parts of the gradient.
  if (opType === 'BatchNormalizationGrad') return sizeOf(inputs[0]) * sizeOf(inputs[2]) * sizeOf(inputs[4])
  if (opType !== 'BatchNormInternal') return undefined
  const deviation = values.get(outputs[4]!)
  return deviation && sizeOf(inputs[0]) * sizeOf(inputs[1]) * largest(deviation)
}

/** What an optimizer's graph reads besides parameters and gradients, in the first step. */
export function optimizerFeeds(step: Step, rates: readonly number[]): Record<string, Tensor> {
  const known = new Set([...step.trainable, ...step.trainable.map((name) => `${name}_grad`)])
  const states = step.optimizer.inputs.filter(({ name }) => !known.has(name))
  const feeds = states.map(({ name, shape }) => [name, zeros('float32', shape as readonly number[])])
  return {
    ...Object.fromEntries(feeds),
    learning_rate: float32([...rates], [rates.length]),
    step: int64([1]),
  }
}

export const largest = ({ data }: Array64): number => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

/** Infinity where the shapes differ or a value is no number. */
export function distance(a: Array64, b: Array64): number {
  if (`${a.dims}` !== `${b.dims}`) return Infinity
  const most = a.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b.data[i]!)), 0)
  return Number.isNaN(most) ? Infinity : most
}

/** The loss of a forward graph, with that of the training graph behind it. */
export function lossGraph(forward: Graph, training: Graph): Graph {
  const graph = forward.clone()
  graph.nodes.push(training.nodes.find(({ opType }) => opType === 'SoftmaxCrossEntropyLoss')!)
  return graph
}
