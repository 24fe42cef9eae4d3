import { type Node, operatorOf } from '../../../onnx/graph/graph.js'
import { sizeOf } from '../../../onnx/graph/tensor.js'
import type { OfficialGraph } from './OfficialGraph.js'

/** The operators that compute each value from the values in its place, and from scalars. They have no layout. */
export const pointwiseOperators = [
  'Abs',
  'And',
  'Cast',
  'Clip',
  'Div',
  'Elu',
  'Erf',
  'Exp',
  'Greater',
  'GreaterOrEqual',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Less',
  'LessOrEqual',
  'Log',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Not',
  'Or',
  'Pow',
  'Reciprocal',
  'Sigmoid',
  'Softplus',
  'Sqrt',
  'Sub',
  'Tanh',
  'Where',
] as const

const operators: ReadonlySet<string> = new Set(pointwiseOperators)

/** Returns the limits of a Clip, if both are known. */
export function limitsOf({ inputs, attributes }: Node, { graph }: OfficialGraph): [number, number] | undefined {
  const limit = (place: number, name: string) => {
    const attribute = attributes[name]
    const constant = graph.initializers.get(inputs[place] ?? '')
    return constant ? Number(constant.data[0]) : attribute?.type === 'float' ? attribute.value : undefined
  }
  const [min, max] = [limit(1, 'min'), limit(2, 'max')]
  return min === undefined || max === undefined ? undefined : [min, max]
}

/**
 * A product of feature maps with one factor for each of its maps, as in squeeze and excitation, for each channel, as
 * where layers have a scale, or for each example.
 */
export interface ScaledMaps {
  readonly map: string
  /** The factors, [N, C, 1, 1], for each channel [C, 1, 1] or [1, C, 1, 1], for each example [N, 1, 1, 1]. */
  readonly factors: string
}

/** Returns the inputs of a Mul that is such a product. */
export function scaledMaps({ inputs, outputs: [y] }: Node, official: OfficialGraph): ScaledMaps | undefined {
  const dims = official.dims(y!)
  const isMap = (value: string) => `${official.dims(value)}` === `${dims}`
  const [n, channels] = dims
  const forms = [
    [n, channels, 1, 1],
    [1, channels, 1, 1],
    [channels, 1, 1],
    [n, 1, 1, 1],
  ].map(String)
  const isFactor = (value: string) => forms.includes(String(official.dims(value)))
  const [a, b] = inputs as [string, string]
  if (dims.length !== 4 || official.graph.info(y!)?.type !== 'float32') return undefined
  if (isMap(a) && isFactor(b)) return { map: a, factors: b }
  return isFactor(a) && isMap(b) ? { map: b, factors: a } : undefined
}

/**
 * Returns the inputs of a pointwise node that have the sizes of its result, a feature map; its others are scalars.
 * `undefined` if one is neither, or is of a type that reorders do not know.
 */
export function mapsOf(node: Node, official: OfficialGraph): readonly string[] | undefined {
  const y = node.outputs[0]!
  const dims = official.dims(y)
  if (!operators.has(operatorOf(node)) || dims.length !== 4) return undefined
  const inputs = node.inputs.filter((input) => input !== '')
  const maps = inputs.filter((input) => `${official.dims(input)}` === `${dims}`)
  const isScalar = (input: string) => official.dims(input).length <= 4 && sizeOf(official.dims(input)) === 1
  const isReordered = (value: string) => ['float32', 'bool'].includes(official.graph.info(value)?.type ?? '')
  const fits = inputs.every((input) => maps.includes(input) || isScalar(input)) && [y, ...maps].every(isReordered)
  return fits ? maps : undefined
}
