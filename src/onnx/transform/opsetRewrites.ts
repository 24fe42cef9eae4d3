import type { Attribute, Node } from '../graph/graph.js'
import { float32, int64, type Tensor } from '../graph/tensor.js'

/** A change of an operator's form: the new form, from set `since` on, of a node from before it. */
export interface Rewrite {
  readonly since: number
  /**
   * Rewrites a node.
   *
   * @param constant adds a constant for the input at a position, and returns its name
   */
  rewrite(node: Node, constant: (tensor: Tensor, position: number) => string): void
}

type Constant = Parameters<Rewrite['rewrite']>[1]

export const rewritesOf = ({ domain, opType }: Node): readonly Rewrite[] =>
  domain === '' && Object.hasOwn(rewrites, opType) ? rewrites[opType]! : []

/**
 * Returns the rewrite of attributes that became the inputs from the second on; a missing attribute is an omitted input.
 */
const toInputs = (since: number, ...names: readonly string[]): Rewrite => ({
  since,
  rewrite(node, constant) {
    const [x] = node.inputs as [string]
    node.inputs = [x, ...names.map((name, i) => inputOf(takeAttribute(node, name), i + 1, constant))]
  },
})

/** Returns the rewrite of an attribute that became the second input, which is present only if the attribute was. */
const toSecondInput = (since: number, name: string): Rewrite => ({
  since,
  rewrite(node, constant) {
    const input = inputOf(takeAttribute(node, name), 1, constant)
    if (input) node.inputs = [node.inputs[0]!, input, ...node.inputs.slice(2)]
  },
})

/**
 * The rewrite of softmax: before set 13 it flattened all axes from `axis` on into one row; along the last axis that is
 * the same.
 */
const softmax: Rewrite = {
  since: 13,
  rewrite(node) {
    if (!node.attributes.axis) node.attributes = { ...node.attributes, axis: { type: 'int', value: 1 } }
  },
}

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

function inputOf(attribute: Attribute | undefined, position: number, constant: Constant): string {
  if (attribute?.type === 'float') return constant(float32([attribute.value], []), position)
  return attribute?.type === 'ints' ? constant(int64(attribute.value), position) : ''
}
