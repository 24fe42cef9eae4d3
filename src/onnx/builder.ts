import { checkArgument, isListOf, isPlain, isWhole, type Kind, kinds } from '../arguments.js'
import { namesIn } from './format/names.js'
import { type Attribute, Graph, type Node, type Shape } from './graph/graph.js'
import { graphKind, tensorKind } from './graph/kinds.js'
import { type DataType, float32, int64, scalarTensor, type Tensor } from './graph/tensor.js'

/** An attribute in the form of source code; `float` attributes of the ONNX standard are recognised by name. */
export type AttributeInput = number | readonly number[] | string | readonly string[] | Tensor | Graph

export interface OpOptions {
  /** The operator domain. @default '' */
  readonly domain?: string
  /** The names of the outputs, or their number (named after the operator). @default 1 */
  readonly outputs?: readonly string[] | number
  /** The name of the node. Default: that of its first output. */
  readonly name?: string
}

/**
 * A builder that adds nodes to a graph, so that code reads like the ONNX specification:
 *
 *     const y = g.op('Conv', [x, w], { pads: [1, 1, 1, 1] })
 *
 * Every name that it makes is new to the graph. `prefix` precedes made names (`grad/Conv_3`).
 */
export class GraphBuilder {
  readonly #taken = new Set<string>()
  readonly #constants = new Map<string, string>()
  #count = 0

  constructor(
    readonly graph: Graph = new Graph(),
    readonly prefix = '',
  ) {
    checkArgument('GraphBuilder: graph', graph, graphKind)
    checkArgument('GraphBuilder: prefix', prefix, kinds.text)
    for (const name of namesIn(graph)) this.#taken.add(name)
  }

  /** Adds a node and returns the name of its first output. `''` or `undefined` omits an optional input. */
  op(
    opType: string,
    inputs: readonly (string | undefined)[],
    attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
    options: OpOptions = {},
  ): string {
    return this.ops(opType, inputs, attributes, options)[0]!
  }

  /** Adds a node with several outputs, as `op` does. */
  ops(
    opType: string,
    inputs: readonly (string | undefined)[],
    attributes: Readonly<Record<string, AttributeInput | undefined>> = {},
    options: OpOptions = {},
  ): string[] {
    checkArgument('GraphBuilder.op: opType', opType, kinds.name)
    checkArgument('GraphBuilder.op: inputs', inputs, inputsKind)
    checkArgument('GraphBuilder.op: attributes', attributes, attributesKind)
    checkArgument('GraphBuilder.op: options', options, opOptionsKind)
    const outputs =
      typeof options.outputs === 'object'
        ? [...options.outputs]
        : Array.from({ length: options.outputs ?? 1 }, () => this.fresh(opType))
    for (const output of outputs) this.#taken.add(output)
    const node: Node = {
      name: options.name ?? outputs.find((output) => output) ?? this.fresh(opType),
      opType,
      domain: options.domain ?? '',
      inputs: inputs.map((input) => input ?? ''),
      outputs,
      attributes: toAttributes(attributes),
    }
    this.graph.nodes.push(node)
    return outputs
  }

  input(name: string, type: DataType, shape: Shape): string {
    this.graph.inputs.push({ name, type, shape })
    this.#taken.add(name)
    return name
  }

  output(name: string, type: DataType, shape: Shape): string {
    this.graph.outputs.push({ name, type, shape })
    this.#taken.add(name)
    return name
  }

  initializer(name: string, tensor: Tensor): string {
    checkArgument('GraphBuilder.initializer: name', name, kinds.name)
    checkArgument('GraphBuilder.initializer: tensor', tensor, tensorKind)
    this.graph.initializers.set(name, tensor)
    this.#taken.add(name)
    return name
  }

  /** Adds a constant tensor; equal small ones are shared. */
  constant(tensor: Tensor): string {
    if (tensor.data.length > 64) return this.initializer(this.fresh('constant'), tensor)
    const values = Array.from(tensor.data as ArrayLike<unknown>, (value) =>
      Object.is(value, -0) ? '-0' : String(value),
    )
    const key = `${tensor.type}[${tensor.dims}]${JSON.stringify(values)}`
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const name = this.initializer(this.fresh('constant'), tensor)
    this.#constants.set(key, name)
    return name
  }

  /** Adds a 1-D int64 constant. */
  ints(...values: readonly number[]): string {
    return this.constant(int64(values))
  }

  /** Adds a scalar float32 constant. */
  scalar(value: number): string {
    return this.constant(scalarTensor(value))
  }

  /** Adds a 1-D float32 constant. */
  floats(...values: readonly number[]): string {
    return this.constant(float32(values, [values.length]))
  }

  /** Returns a name that nothing in the graph has yet. */
  fresh(stem: string): string {
    for (;;) {
      const name = `${this.prefix}${stem}_${++this.#count}`
      if (this.#taken.has(name)) continue
      this.#taken.add(name)
      return name
    }
  }
}

const isName = (value: unknown): boolean => value === undefined || typeof value === 'string'
const inputsKind: Kind = { expected: "a list of names, '' or undefined", is: (value) => isListOf(value, isName) }

const isAttribute = (value: unknown): boolean =>
  ['undefined', 'number', 'string'].includes(typeof value) ||
  (Array.isArray(value) ? value.every((item) => ['number', 'string'].includes(typeof item)) : isValue(value))
const isValue = (value: unknown): boolean => graphKind.is(value) || tensorKind.is(value)
const attributesKind: Kind = {
  expected: 'an object of numbers, strings, lists of them, tensors and graphs by name',
  is: (value) => isPlain(value) && Object.values(value).every(isAttribute),
}

/** A number of outputs above that of any operator. */
const MOST_OUTPUTS = 10_000
const opOptionsKind: Kind = {
  expected: '{ domain, outputs, name }',
  is: (value) =>
    isPlain(value) &&
    Object.keys(value).every((name) => ['domain', 'outputs', 'name'].includes(name)) &&
    isName(value.domain) &&
    isName(value.name) &&
    (value.outputs === undefined ||
      (isWhole(value.outputs) && value.outputs <= MOST_OUTPUTS) ||
      isListOf(value.outputs, (name) => typeof name === 'string')),
}

/** Attributes that are floats in every standard operator that has them, and those of training operators. */
const FLOATS = new Set([
  'activation_alpha',
  'activation_beta',
  'alpha',
  'beta',
  'bias',
  'clip',
  'cubic_coeff_a',
  'epsilon',
  'extrapolation_value',
  'gamma',
  'height_scale',
  'high',
  'lambd',
  'low',
  'mask_filter_value',
  'max',
  'mean',
  'min',
  'momentum',
  'norm_coefficient',
  'ratio',
  'scale',
  'softcap',
  'spatial_scale',
  'value',
  'value_float',
  'weight_decay',
  'width_scale',
])
const FLOAT_LISTS = new Set([
  'activation_alpha',
  'activation_beta',
  'activation_params',
  'scales',
  'value_floats',
  'weights',
])

function toAttributes(inputs: Readonly<Record<string, AttributeInput | undefined>>): Record<string, Attribute> {
  const given = Object.entries(inputs).filter((entry): entry is [string, AttributeInput] => entry[1] !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, toAttribute(name, value)]))
}

function toAttribute(name: string, value: AttributeInput): Attribute {
  if (typeof value === 'number') return { type: FLOATS.has(name) ? 'float' : 'int', value }
  if (typeof value === 'string') return { type: 'string', value }
  if (value instanceof Graph) return { type: 'graph', value }
  if ('dims' in value) return { type: 'tensor', value }
  if (value.length && typeof value[0] === 'string') return { type: 'strings', value: value as readonly string[] }
  return { type: FLOAT_LISTS.has(name) ? 'floats' : 'ints', value: value as readonly number[] }
}
