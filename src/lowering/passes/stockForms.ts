import { GraphBuilder } from '../../onnx/builder.js'
import { readEquation } from '../../onnx/graph/einsum.js'
import { floatAttribute, intAttribute, stringAttribute } from '../../onnx/graph/graph.js'
import { CAST_TO, float32 } from '../../onnx/graph/tensor.js'
import { total } from '../portable/support/reduce.js'
import { imageForms, type Write } from './imageForms.js'
import type { Pass } from './pass.js'

/**
 * The replacement of operators of the ONNX standard that ONNX Runtime's WebGPU provider does not have, and would leave
 * to the processor (LogSoftmax, Or, Sign, Celu, Selu, Softsign, whole exponents, means of several values,
 * GroupNormalization, LRN, SpaceToDepth, antialiased images), or computes incorrectly (BatchNormalization of vectors,
 * Einsum with an ellipsis).
 */
export const stockForms: Pass = {
  name: 'stockForms',
  required: true,
  apply(graph) {
    const nodes = graph.nodes
    graph.nodes = []
    const g = new GraphBuilder(graph, 'stock/')
    for (const node of nodes) {
      const write = node.domain === '' ? forms[node.opType] : undefined
      if (write) write(g, node, graph)
      else graph.nodes.push(node)
    }
    return graph
  },
}

const forms: Readonly<Record<string, Write>> = {
  ...imageForms,
  /** Writes x - max - log(sum(exp(x - max))), over the axis. */
  LogSoftmax(g, { inputs: [x], outputs, attributes, ...node }) {
    const axis = g.ints(intAttribute({ ...node, inputs: [x!], outputs, attributes }, 'axis', -1))
    const shifted = g.op('Sub', [x, g.op('ReduceMax', [x, axis], { keepdims: 1 })])
    const sum = g.op('ReduceSum', [g.op('Exp', [shifted]), axis], { keepdims: 1 })
    g.op('Sub', [shifted, g.op('Log', [sum])], {}, { outputs })
  },
  /** Adds an axis to vectors: of `[N, C]` the provider takes the wrong axis for the channels. */
  BatchNormalization(g, node, graph) {
    const [x, ...others] = node.inputs
    if (graph.info(x!)?.shape?.length !== 2) {
      graph.nodes.push(node)
      return
    }
    const y = g.fresh('BatchNormalization')
    const wide = g.op('Unsqueeze', [x, g.ints(2)])
    graph.nodes.push({ ...node, name: y, inputs: [wide, ...others], outputs: [y] })
    g.op('Squeeze', [y, g.ints(2)], {}, { outputs: node.outputs })
  },
  /** Writes alpha ELU(x / alpha). */
  Celu(g, node) {
    const alpha = floatAttribute(node, 'alpha', 1)
    const scaled = g.op('Mul', [node.inputs[0], g.scalar(1 / alpha)])
    g.op('Mul', [g.op('Elu', [scaled]), g.scalar(alpha)], {}, { outputs: node.outputs })
  },
  /** Writes the equation without an ellipsis. */
  Einsum(g, node, graph) {
    const equation = stringAttribute(node, 'equation', '')
    const shapes = node.inputs.map((input) => graph.info(input)?.shape)
    const isWritten = equation.includes('...') && shapes.every((shape) => shape !== undefined)
    if (!isWritten) return void graph.nodes.push(node)
    const { terms, result } = readEquation(
      equation,
      shapes.map((shape) => shape!.length),
    )
    g.op('Einsum', node.inputs, { equation: `${terms.join(',')}->${result}` }, { outputs: node.outputs })
  },
  /** Writes one addition after the other, and a product. */
  Mean(g, { inputs, outputs }) {
    g.op('Mul', [total(g, inputs), g.scalar(1 / inputs.length)], {}, { outputs })
  },
  /** Writes a whole exponent that is known as a float. */
  Pow(g, node, graph) {
    const [x, y] = node.inputs as [string, string]
    const exponent = graph.initializers.get(y)
    if (!exponent || exponent.type === 'float32') return void graph.nodes.push(node)
    const floats = float32(Array.from(exponent.data as ArrayLike<unknown>, Number), exponent.dims)
    g.op('Pow', [x, g.constant(floats)], {}, { outputs: node.outputs })
  },
  /** Writes gamma ELU(x). */
  Selu(g, node) {
    const alpha = floatAttribute(node, 'alpha', 1.6732631921768188)
    const gamma = floatAttribute(node, 'gamma', 1.0507010221481323)
    g.op('Mul', [g.op('Elu', node.inputs, { alpha }), g.scalar(gamma)], {}, { outputs: node.outputs })
  },
  /** Writes x / (1 + |x|). */
  Softsign(g, { inputs: [x], outputs }) {
    g.op('Div', [x, g.op('Add', [g.op('Abs', [x]), g.scalar(1)])], {}, { outputs })
  },
  /** Writes (x > 0) - (x < 0). */
  Sign(g, { inputs: [x], outputs }) {
    const [above, below] = ['Greater', 'Less'].map((comparison) =>
      g.op('Cast', [g.op(comparison, [x, g.scalar(0)])], { to: CAST_TO.float32 }),
    )
    g.op('Sub', [above, below], {}, { outputs })
  },
  /** Writes not (not a and not b). */
  Or(g, { inputs, outputs }) {
    const neither = g.op(
      'And',
      inputs.map((input) => g.op('Not', [input])),
    )
    g.op('Not', [neither], {}, { outputs })
  },
}
