import { type Attribute, intAttribute, type Node } from '../graph/graph.js'
import { float32, int64, type Tensor } from '../graph/tensor.js'

/** A change of an operator's form: the new form, from set `since` on, of a node from before it. */
export interface Rewrite {
  readonly since: number
  /** Rewrites a node, in place. @returns the nodes in its place, if one is not enough */
  rewrite(node: Node, around: Around): readonly Node[] | undefined
}

/** The parts of the graph that a rewrite may ask for. */
export interface Around {
  /** Adds a constant for the input at a position, and returns its name. */
  constant(tensor: Tensor, position: number): string
  /** Returns a name that no value of the graph has. */
  unused(stem: string): string
  /** Returns the number of axes of a value, if the graph declares it. */
  rankOf(value: string): number | undefined
}

export const rewritesOf = ({ domain, opType }: Node): readonly Rewrite[] =>
  domain === '' && Object.hasOwn(rewrites, opType) ? rewrites[opType]! : []

/**
 * Returns the rewrite of attributes that became the inputs from the second on; a missing attribute is an omitted input.
 */
const toInputs = (since: number, ...names: readonly string[]): Rewrite => ({
  since,
  rewrite(node, { constant }) {
    const [x] = node.inputs as [string]
    node.inputs = [x, ...names.map((name, i) => inputOf(takeAttribute(node, name), i + 1, constant))]
  },
})

/** Returns the rewrite of an attribute that became the second input, which is present only if the attribute was. */
const toSecondInput = (since: number, name: string): Rewrite => ({
  since,
  rewrite(node, { constant }) {
    const input = inputOf(takeAttribute(node, name), 1, constant)
    if (input) node.inputs = [node.inputs[0]!, input, ...node.inputs.slice(2)]
  },
})

/**
 * The rewrite of softmax: before set 13 it flattened the axes before `axis` into one, and those from there on into a row.
 * Only of the last axis that is the softmax of today.
 */
const softmax: Rewrite = {
  since: 13,
  rewrite(node, { rankOf, unused }) {
    const axis = intAttribute(node, 'axis', 1)
    node.attributes = { ...node.attributes, axis: { type: 'int', value: -1 } }
    const [x, y] = [node.inputs[0]!, node.outputs[0]!]
    if (axis === -1 || axis + 1 === rankOf(x)) return undefined
    const [shape, rows, result] = [unused(`${y}/shape`), unused(`${y}/rows`), unused(`${y}/result`)]
    return [
      plainNode('Shape', [x], shape),
      plainNode('Flatten', [x], rows, { axis: { type: 'int', value: axis } }),
      { ...node, inputs: [rows], outputs: [result] },
      { ...plainNode('Reshape', [result, shape], y), name: unused(`${y}/reshape`) },
    ]
  },
}

const plainNode = (opType: string, inputs: string[], output: string, attributes: Node['attributes'] = {}): Node => ({
  ...{ name: output, opType, domain: '', inputs },
  ...{ outputs: [output], attributes },
})

const numberOfOutputs: Rewrite = {
  since: 18,
  rewrite(node) {
    if (!node.inputs[1])
      node.attributes = { ...node.attributes, num_outputs: { type: 'int', value: node.outputs.length } }
  },
}

const reductions = ['Mean', 'Max', 'Min', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map(
  (kind) => [`Reduce${kind}`, [toSecondInput(18, 'axes')]] as const,
)

const rewrites: Readonly<Record<string, readonly Rewrite[]>> = {
  ...Object.fromEntries(reductions),
  BatchNormalization: [{ since: 9, rewrite: (node) => void takeAttribute(node, 'spatial') }],
  Clip: [toInputs(11, 'min', 'max')],
  Dropout: [toSecondInput(12, 'ratio')],
  Hardmax: [softmax],
  LogSoftmax: [softmax],
  Pad: [toInputs(11, 'pads', 'value')],
  ReduceSum: [toSecondInput(13, 'axes')],
  Slice: [toInputs(10, 'starts', 'ends', 'axes')],
  Softmax: [softmax],
  Split: [toSecondInput(13, 'split'), numberOfOutputs],
  Squeeze: [toSecondInput(13, 'axes')],
  Unsqueeze: [toSecondInput(13, 'axes')],
}

/** Removes an attribute from a node and returns it. Copies of a graph share their attributes: a node gets new ones. */
function takeAttribute(node: Node, name: string): Attribute | undefined {
  const { [name]: attribute, ...others } = node.attributes
  node.attributes = others
  return attribute
}

function inputOf(attribute: Attribute | undefined, position: number, constant: Around['constant']): string {
  if (attribute?.type === 'float') return constant(float32([attribute.value], []), position)
  return attribute?.type === 'ints' ? constant(int64(attribute.value), position) : ''
}
