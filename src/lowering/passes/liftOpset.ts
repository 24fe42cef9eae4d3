import { GraphBuilder } from '../../onnx/builder.js'
import { intsAttribute, type Node } from '../../onnx/graph/graph.js'
import type { Pass } from './pass.js'

/** The operator set that lowered graphs are written in: the first whose Reduce operators all take axes as an input. */
export const LOWERED_OPSET = 18
const IR_VERSION = 8

type Lift = (node: Node, g: GraphBuilder, opset: number) => void

/**
 * Rewrites nodes of an older operator set as set 18 wants them: mostly attributes that became inputs since. Newer graphs stay
 * as they are.
 */
export const liftOpset: Pass = {
  name: 'liftOpset',
  required: true,
  apply(graph) {
    const opset = graph.opsets.get('') ?? LOWERED_OPSET
    if (opset < LOWERED_OPSET) {
      const g = new GraphBuilder(graph, 'lift/')
      const nodes = graph.nodes
      graph.nodes = []
      for (const node of nodes) {
        if (node.domain === '') lifts[node.opType]?.(node, g, opset)
        graph.nodes.push(node)
      }
      graph.opsets.set('', LOWERED_OPSET)
    }
    graph.irVersion = Math.max(graph.irVersion, IR_VERSION)
    return graph
  },
}

const axesToInput: Lift = (node, g) => {
  const axes = intsAttribute(node, 'axes')
  delete node.attributes.axes
  if (axes) setInput(node, 1, g.ints(...axes))
}

/** Before set 13 these saw everything from the axis on as one row; along the last axis that is the same. */
const softmax: Lift = (node, _, opset) => {
  if (opset < 13 && !node.attributes.axis) node.attributes.axis = { type: 'int', value: 1 }
}

const lifts: Readonly<Record<string, Lift>> = {
  ...Object.fromEntries(
    ['Mean', 'Max', 'Min', 'Prod', 'Sum', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map((kind) => [
      `Reduce${kind}`,
      axesToInput,
    ]),
  ),
  BatchNormalization: (node) => {
    delete node.attributes.spatial
  },
  Clip: (node, g, opset) => {
    if (opset >= 11) return
    setInput(node, 1, numberInput(node, g, 'min'))
    setInput(node, 2, numberInput(node, g, 'max'))
  },
  Dropout: (node, g, opset) => {
    if (opset < 12) setInput(node, 1, numberInput(node, g, 'ratio'))
  },
  Hardmax: softmax,
  LogSoftmax: softmax,
  Pad: (node, g, opset) => {
    if (opset >= 11) return
    const pads = intsAttribute(node, 'pads') ?? []
    delete node.attributes.pads
    setInput(node, 1, g.ints(...pads))
    setInput(node, 2, numberInput(node, g, 'value'))
  },
  Slice: (node, g, opset) => {
    if (opset >= 10) return
    for (const [i, name] of ['starts', 'ends', 'axes'].entries()) {
      const values = intsAttribute(node, name)
      delete node.attributes[name]
      if (values) setInput(node, i + 1, g.ints(...values))
    }
  },
  Softmax: softmax,
  Split: (node, g) => {
    const lengths = intsAttribute(node, 'split')
    delete node.attributes.split
    if (lengths) setInput(node, 1, g.ints(...lengths))
    else if (!node.inputs[1]) node.attributes.num_outputs = { type: 'int', value: node.outputs.length }
  },
  Squeeze: axesToInput,
  Unsqueeze: axesToInput,
}

function setInput(node: Node, position: number, value: string | undefined): void {
  if (value === undefined) return
  while (node.inputs.length < position) node.inputs.push('')
  node.inputs[position] = value
}

/** A float attribute that became a scalar input. */
function numberInput(node: Node, g: GraphBuilder, name: string): string | undefined {
  const attribute = node.attributes[name]
  delete node.attributes[name]
  return attribute?.type === 'float' ? g.scalar(attribute.value) : undefined
}
