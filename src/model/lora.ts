import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { headTensors } from '../backbones/headLayers.js'
import { GraphBuilder } from '../onnx/builder.js'
import { floatAttribute, type Graph, intAttribute, type Node } from '../onnx/graph/graph.js'
import { float32, sizeOf, zeros } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { seededRandom } from '../random.js'
import type { AdaptedWeight, WeightForm } from './Adapters.js'
import { modelError } from './errors.js'
import { Model, modelKind } from './Model.js'
import { matchParameters, type ParameterPattern, parameterPattern } from './patterns.js'

export interface LoraOptions {
  /** The rank of the adapters: a small number of features between their two factors. @default 8 */
  readonly rank?: number | undefined
  /** The scale: adapters add alpha / rank times their product. Default: the rank, so that the scale is 1. */
  readonly alpha?: number | undefined
  /** The weights to adapt, of Gemm, MatMul and Conv without groups. Default: all, except the head's. */
  readonly pattern?: ParameterPattern | undefined
  /** True if the head is trained, too. @default true */
  readonly trainHead?: boolean | undefined
  /** The seed of the factors that read the input; the others are zeros. @default 0 */
  readonly seed?: number | undefined
}

const schema = z.strictObject({
  rank: z.int().min(1).default(8),
  alpha: z.number().positive().optional(),
  pattern: parameterPattern.optional(),
  trainHead: z.boolean().default(true),
  seed: z.int().default(0),
})

/**
 * Returns a model with adapters of low rank (LoRA, arXiv 2106.09685), which alone train, with the head: beside a weight W
 * a product of two small matrices is added, y = W x + alpha / rank * B A x. B starts as zeros, so the outputs are those
 * of the model. The model itself is not changed, and its tensors are shared: one backbone has any number of adapters.
 * Batch norms run in inference mode.
 *
 * @throws FineTuneError 'model/no-match', 'model/not-adaptable' where no weight that is named can be adapted,
 *   'options/invalid'
 * @example
 * ```ts run given=model
 * import { adamW, lora, saveAdapters } from 'onnx-finetune'
 *
 * const adapted = lora(model, { rank: 4, pattern: /layer4/ })
 * const optimizer = adamW(adapted, { lr: 1e-3 })
 * const bytes = saveAdapters(adapted)
 * ```
 */
export function lora(model: Model, options: LoraOptions = {}): Model {
  checkArgument('lora: model', model, modelKind)
  const { rank, alpha = rank, pattern = /(?:)/, trainHead, seed } = checkOptions(schema, options, 'lora')
  if (model.adapters) throw modelError('model/adapted', {})
  const named = new Set(matchParameters(model, pattern))
  const ofHead = new Set(headTensors(model.head))
  const graph = model.graph.clone()
  const weights = addAdapters(graph, (name) => named.has(name) && !ofHead.has(name), { rank, alpha })
  if (weights.length === 0) throw modelError('model/not-adaptable', { parameters: [...named] })
  for (const weight of weights) initialise(graph, weight, rank, seed)
  const factors = weights.flatMap(({ down, up }) => [down, up])
  const { architecture, buffers, head, classes, task, preprocessing, warnings, kept } = model
  const facts = { architecture, buffers, head, classes, task, preprocessing, warnings, kept }
  const adapters = { rank, alpha, weights, plain: model.graph.clone() }
  const adapted = new Model({ ...facts, graph, parameters: [...model.parameters, ...factors], adapters })
  for (const name of model.parameters) if (!trainHead || !ofHead.has(name)) adapted.frozen.add(name)
  return adapted
}

interface Scale {
  readonly rank: number
  readonly alpha: number
}

/** Adds an adapter beside every node that can have one. */
function addAdapters(graph: Graph, isWanted: (name: string) => boolean, scale: Scale): AdaptedWeight[] {
  const adapted = new Map<string, AdaptedWeight>()
  const { nodes } = graph
  const g = new GraphBuilder(graph, 'lora/')
  graph.nodes = []
  for (const node of nodes) {
    const weight = node.inputs[1] ?? ''
    const form = isWanted(weight) ? formOf(graph, node) : undefined
    if (form) {
      const factors = adapted.get(weight) ?? factorsOf(weight, form)
      adapted.set(weight, factors)
      adapt(g, node, factors, scale)
    } else graph.nodes.push(node)
  }
  return [...adapted.values()]
}

/** Returns the form of the weight of a node; undefined if the node cannot have an adapter. */
function formOf(graph: Graph, node: Node): WeightForm | undefined {
  const dims = graph.initializers.get(node.inputs[1]!)?.dims.length
  if (node.domain !== '') return undefined
  if (node.opType === 'MatMul') return dims === 2 ? 'columns' : undefined
  if (node.opType === 'Conv') return dims === 4 && intAttribute(node, 'group', 1) === 1 ? 'filters' : undefined
  const isPlain = intAttribute(node, 'transA', 0) === 0 && floatAttribute(node, 'alpha', 1) === 1
  if (node.opType !== 'Gemm' || !isPlain) return undefined
  return intAttribute(node, 'transB', 0) === 1 ? 'rows' : 'columns'
}

/** Names the factors as PEFT: `layer1.0.conv1.lora_A.weight`. */
function factorsOf(weight: string, form: WeightForm): AdaptedWeight {
  const module = weight.replace(/\.weight$/, '')
  return { weight, form, down: `${module}.lora_A.weight`, up: `${module}.lora_B.weight` }
}

/** Adds a node, and the product of the factors to its result. */
function adapt(g: GraphBuilder, node: Node, { form, down, up }: AdaptedWeight, { rank, alpha }: Scale): void {
  const [x, result] = [node.inputs[0]!, node.outputs[0]!]
  const plain = g.fresh('plain')
  g.graph.nodes.push({ ...node, outputs: [plain] })
  const info = g.graph.values.get(result)
  if (info) g.graph.values.set(plain, { ...info, name: plain })
  const product = products[form](g, node, x, down, up)
  const scaled = rank === alpha ? product : g.op('Mul', [product, g.scalar(alpha / rank)])
  // Many a node has the name of its result.
  g.op('Add', [plain, scaled], {}, { name: g.fresh('Add'), outputs: [result] })
}

type Product = (g: GraphBuilder, node: Node, x: string, down: string, up: string) => string

const products: Readonly<Record<WeightForm, Product>> = {
  rows: (g, _, x, down, up) => g.op('Gemm', [g.op('Gemm', [x, down], { transB: 1 }), up], { transB: 1 }),
  columns: (g, _, x, down, up) => g.op('MatMul', [g.op('MatMul', [x, down]), up]),
  filters: (g, node, x, down, up) => {
    const narrow = g.fresh('narrow')
    g.graph.nodes.push({ ...node, name: narrow, inputs: [x, down], outputs: [narrow] })
    return g.op('Conv', [narrow, up])
  },
}

/** Sets the factors as PEFT: A as torch's layers, uniform within 1 / sqrt(inputs), and B to zeros. */
function initialise(graph: Graph, { weight, form, down, up }: AdaptedWeight, rank: number, seed: number): void {
  const { dims } = graph.initializers.get(weight)!
  const [first = 0, second = 0, ...kernel] = dims
  const shapes = {
    rows: [
      [rank, second],
      [first, rank],
    ],
    columns: [
      [first, rank],
      [rank, second],
    ],
    filters: [
      [rank, second, ...kernel],
      [first, rank, 1, 1],
    ],
  } as const
  const [downShape, upShape] = shapes[form]
  const bound = 1 / Math.sqrt(sizeOf(downShape) / rank)
  const random = seededRandom(seed, 'lora', weight)
  const values = Float32Array.from({ length: sizeOf(downShape) }, () => random.uniform(-bound, bound))
  graph.initializers.set(down, float32(values, [...downShape]))
  graph.initializers.set(up, zeros('float32', [...upShape]))
}
