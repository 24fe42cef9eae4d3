import { type Graph, intAttribute, MS, type Node, operatorOf } from '../../../onnx/graph/graph.js'
import { matrixOf } from '../matrixOf.js'

/** The way of a node with matrices whose rows it computes one by one, by places of its inputs and outputs. */
export interface RowWise {
  /** The inputs with a row for each row of the outputs. The others are the same for every row. */
  readonly read: readonly number[]
  /** The outputs with a row for each row of the inputs. */
  readonly made: readonly number[]
  /** The outputs that are sums over all rows. */
  readonly summed: readonly number[]
}

type Rule = (node: Node, graph: Graph) => RowWise | undefined

const elementwise: Rule = ({ inputs, outputs }, graph) => {
  const rows = matrixOf(graph, outputs[0])?.[0]
  if (!rows || rows === 1) return undefined
  const read = placesOf(inputs, (input) => matrixOf(graph, input)?.[0] === rows)
  const isSame = (input: string, place: number) => input === '' || read.includes(place) || isOneRow(graph, input)
  return inputs.every(isSame) ? { read, made: [...outputs.keys()], summed: [] } : undefined
}

const product: Rule = (node, graph) => {
  const [a, b, c] = node.inputs
  const [left, right] = [matrixOf(graph, a), matrixOf(graph, b)]
  if (!left || !right) return undefined
  const isOfRows = intAttribute(node, 'transA', 0) === 0
  if (!isOfRows) return c || intAttribute(node, 'transB', 0) ? undefined : { read: [0, 1], made: [], summed: [0] }
  if (!c || isOneRow(graph, c)) return { read: [0], made: [0], summed: [] }
  return matrixOf(graph, c)?.[0] === left[0] ? { read: [0, 2], made: [0], summed: [] } : undefined
}

const normalization =
  (way: RowWise): Rule =>
  (node, graph) =>
    [-1, 1].includes(intAttribute(node, 'axis', -1)) && matrixOf(graph, node.inputs[0]) ? way : undefined

const sum: Rule = ({ inputs: [x, axes] }, graph) => {
  const known = graph.initializers.get(axes ?? '')?.data
  return matrixOf(graph, x) && known?.length === 1 && [0, -2].includes(Number(known[0]))
    ? { read: [0], made: [], summed: [0] }
    : undefined
}

const rules = new Map<string, Rule>([
  ...[
    ...['Add', 'Clip', 'Div', 'Gelu', 'HardSwish', 'LeakyRelu', 'Mul', 'Relu', 'Sigmoid', 'Sub', 'Sum', 'Tanh'],
    ...['FastGelu', 'FastGeluGrad', 'Gelu', 'GeluGrad', 'QuickGelu', 'ReluGrad', 'SigmoidGrad', 'TanhGrad'].map(
      (name) => `${MS}:${name}`,
    ),
  ].map((operator) => [operator, elementwise] as const),
  ['Gemm', product],
  ['MatMul', product],
  ['LayerNormalization', normalization({ read: [0], made: [0, 1, 2], summed: [] })],
  [`${MS}:LayerNormalizationGrad`, normalization({ read: [0, 1, 3, 4], made: [0, 3], summed: [1, 2] })],
  ['ReduceSum', sum],
])

/** Returns the way of a node with rows; undefined if it has another, or a size is not known. */
export function rowWise(node: Node, graph: Graph): RowWise | undefined {
  const way = rules.get(operatorOf(node))?.(node, graph)
  if (!way) return undefined
  const present = (values: readonly string[], places: readonly number[]) => places.filter((place) => values[place])
  const [read, made] = [present(node.inputs, way.read), present(node.outputs, way.made)]
  const matrices = [...read.map((place) => node.inputs[place]), ...made.map((place) => node.outputs[place])]
  const rows = new Set(matrices.map((value) => matrixOf(graph, value)?.[0]))
  return rows.size === 1 && !rows.has(undefined) ? { read, made, summed: present(node.outputs, way.summed) } : undefined
}

/** Tells whether a node that reads a matrix needs nothing of it but the rows that it computes. */
export const readsRows = (node: Node, { read }: RowWise, value: string): boolean =>
  node.inputs.every((input, place) => input !== value || read.includes(place))

/** Tells whether each row of a matrix is computed with the same elements of a value. */
function isOneRow(graph: Graph, value: string): boolean {
  const shape = graph.info(value)?.shape
  return shape !== undefined && (shape.length < 2 || (shape.length === 2 && shape[0] === 1))
}

const placesOf = (values: readonly string[], is: (value: string) => boolean): number[] =>
  values.flatMap((value, place) => (value !== '' && is(value) ? [place] : []))
