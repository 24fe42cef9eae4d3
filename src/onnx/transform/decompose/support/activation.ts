import { type Attribute, stringAttribute } from '../../../graph/graph.js'
import type { DecompositionContext } from './decomposition.js'

/** The activations that ONNX Runtime fuses, with the attributes that its numbers are. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  HardSigmoid: ['alpha', 'beta'],
  LeakyRelu: ['alpha'],
  Relu: [],
  Sigmoid: [],
  Tanh: [],
}

/** Adds the activation behind a fused layer, under the name of its result. @param numbers those of the activation */
export function writeActivation(c: DecompositionContext, x: string, numbers: readonly number[]): void {
  const { g, node } = c
  const activation = stringAttribute(node, 'activation', '')
  const named = { outputs: [node.outputs[0]!] }
  if (activation === '') return void g.op('Identity', [x], {}, named)
  if (activation === 'Clip') return void g.op('Clip', [x, ...numbers.map((value) => g.scalar(value))], {}, named)
  const attributes = Object.hasOwn(ATTRIBUTES, activation) ? ATTRIBUTES[activation]! : undefined
  if (!attributes) c.refuse(`the activation ${activation}`)
  const given = attributes.flatMap((name, i) => (numbers[i] === undefined ? [] : [[name, numbers[i]] as const]))
  g.op(activation, [x], Object.fromEntries(given), named)
}

/** Returns the attributes of a fused layer without those of its activation. */
export function layerAttributes({ node }: DecompositionContext): Record<string, Attribute> {
  const own = Object.entries(node.attributes).filter(([name]) => !name.startsWith('activation'))
  return Object.fromEntries(own)
}
