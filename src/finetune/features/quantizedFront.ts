import { GraphBuilder } from '../../onnx/builder.js'
import type { Graph, ValueInfo } from '../../onnx/graph/graph.js'
import { planQuantization, type QuantizationPlan } from '../../onnx/quantize/planQuantization.js'
import { QUANTIZED_OPSET, quantizeGraph } from '../../onnx/quantize/quantizeGraph.js'
import type { Range } from '../../onnx/quantize/scales.js'
import { convertOpset } from '../../onnx/transform/convertOpset.js'
import { extractGraph } from '../../onnx/transform/extractGraph.js'
import { foldBatchNorm } from '../../onnx/transform/foldBatchNorm.js'

/** The values of the graph that hold the smallest and the largest element of another, scalars. */
export interface RangeNames {
  readonly min: string
  readonly max: string
}

/** The frozen front of a network, to be rounded to int8, and the rest behind it. */
export class QuantizedFront {
  readonly #front: Graph
  readonly #tail: Graph
  readonly #plan: QuantizationPlan

  /** @param network the whole network. It is not changed */
  constructor(network: Graph, features: readonly ValueInfo[]) {
    const graph = network.clone()
    convertOpset(graph, QUANTIZED_OPSET)
    // Batch norm of the tail may be trained: only that of the front is a constant.
    this.#front = foldBatchNorm(extractGraph(graph, graph.inputs, features))
    this.#tail = extractGraph(graph, features, graph.outputs)
    this.#plan = planQuantization(this.#front)
  }

  /** True if there is something that int8 kernels compute. */
  get isQuantizable(): boolean {
    return this.#plan.values.size > 0
  }

  /** Returns the network in float32 that also computes the ranges of the values that are rounded, by their names. */
  observed(): { readonly graph: Graph; readonly ranges: ReadonlyMap<string, RangeNames> } {
    const front = this.#front.clone()
    const g = new GraphBuilder(front, 'range/')
    const extreme = (op: string, value: string) => g.op(op, [value], { keepdims: 0 })
    const sources = new Set(this.#plan.values.values())
    const ranges = new Map(
      [...sources].map((value) => [value, { min: extreme('ReduceMin', value), max: extreme('ReduceMax', value) }]),
    )
    return { graph: this.#whole(front), ranges }
  }

  /** Returns the network with its front in int8. */
  quantized(ranges: ReadonlyMap<string, Range>): Graph {
    return this.#whole(quantizeGraph(this.#front, this.#plan, ranges, false))
  }

  /** Adds the tail to a front. */
  #whole(front: Graph): Graph {
    front.nodes.push(...this.#tail.clone().nodes)
    // What both read is the front's, in which it is folded: of the tail nothing is read but that it fits.
    front.initializers = new Map([...this.#tail.initializers, ...front.initializers])
    front.outputs = [...this.#tail.outputs]
    return front
  }
}
