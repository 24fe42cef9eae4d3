import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Backbone, Head } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
import { addHeadLayers, deepHead, headTensors, plainHead, removeHeadLayers } from '../backbones/headLayers.js'
import type { Graph, ValueInfo } from '../onnx/graph/graph.js'
import { float32, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { modelError } from './errors.js'
import { type HeadInit, headInits, initialiseHead } from './headInits.js'
import { Model } from './Model.js'
import { mergeAdapters } from './mergeAdapters.js'
import { TASKS, type Task } from './task.js'

export interface ReplaceHeadOptions {
  /**
   * The names of the new classes, in the order of the labels: at least two, all different. For other tasks those of the
   * labels or of the numbers to predict, at least one.
   */
  readonly classes: readonly string[]
  /** The task: one class of each image, any number of labels, or numbers. @default 'classification' */
  readonly task?: Task | undefined
  /**
   * The initialisation of the new weight; see `headInits`.
   * @default 'xavierUniform'
   */
  readonly init?: HeadInit | undefined
  /**
   * Old classes to initialise from: `{ hotdog: 934 }` copies row 934 of the old weight and its bias to class `hotdog`.
   * By index, or by name where the backbone knows its class names.
   */
  readonly from?: Readonly<Record<string, number | string>> | undefined
  /**
   * The widths of layers between the features and the last one, each followed by a ReLU: `[256]`. Their names are those
   * of torch's `fc = Sequential(Dropout(), Linear(512, 256), ReLU(), Dropout(), Linear(256, 2))`: `fc.1`, `fc.4`.
   * @default []
   */
  readonly hidden?: readonly number[] | undefined
  /**
   * The size of the embedding: a layer of its own before the last one and after those of `hidden`, without a ReLU. Losses
   * that compare images compare what it makes, and `embed` and exported files return that. Torch's name of it has an
   * Identity in the place of the ReLU. Default: what the head sees is the embedding.
   */
  readonly embedding?: number | undefined
  /**
   * The share of the values before each layer of the head that a training step sets to 0, from 0 up to, not including, 1;
   * the others grow by 1 / (1 - dropout). Evaluation and exported files have none of it.
   * @default 0
   */
  readonly dropout?: number | undefined
  /** The seed of the random numbers. @default 0 */
  readonly seed?: number | undefined
}

const schema = z.strictObject({
  classes: z
    .array(z.string().min(1))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'a list of different names'),
  task: z.enum(TASKS).default('classification'),
  init: z.enum(Object.keys(headInits) as [HeadInit, ...HeadInit[]]).default('xavierUniform'),
  from: z.record(z.string(), z.union([z.int().min(0), z.string().min(1)])).default({}),
  hidden: z.array(z.int().min(1)).default([]),
  embedding: z.int().min(1).optional(),
  dropout: z.number().min(0).lt(1).default(0),
  seed: z.int().default(0),
})
const checkedSchema = schema
  .refine(({ classes, task }) => classes.length > 1 || task !== 'classification', {
    path: ['classes'],
    error: "two names or more, unless task is 'multiLabel' or 'regression'",
  })
  .refine((options) => layersOf(options).length === 0 || Object.keys(options.from).length === 0, {
    path: ['from'],
    error: 'left out with hidden layers or an embedding: old rows are for the features',
  })
type Checked = z.output<typeof checkedSchema>

/** Returns the widths of the layers before the last one. */
const layersOf = ({ hidden, embedding }: z.output<typeof schema>): number[] =>
  embedding === undefined ? hidden : [...hidden, embedding]

/**
 * Makes a model of the backbone's layers and a new last layer for other classes. The backbone is not changed. The
 * adapters of a model become part of its weights.
 *
 * @throws FineTuneError 'model/no-head' where the backbone does not end in its head, 'model/unknown-class' where `from`
 *   names a class that does not exist, 'options/invalid'
 * @example
 * ```ts run given=backbone
 * import { replaceHead } from 'onnx-finetune'
 *
 * const model = replaceHead(backbone, { classes: ['hotdog', 'not-hotdog'] })
 * ```
 */
export function replaceHead(backbone: Backbone, options: ReplaceHeadOptions): Model {
  checkArgument('replaceHead: backbone', backbone, backboneKind)
  const checked = checkOptions(checkedSchema, options, 'replaceHead')
  const { classes, task, dropout } = checked
  const layers = layersOf(checked).length
  const plain = backbone instanceof Model ? mergeAdapters(backbone) : backbone
  const old = findHead(plain)
  const graph = resized(plain.graph, old.after, classes.length)
  const features = withoutHead(graph, plain.head)
  const names = plainHead(plain.head)
  const head = deepHead(names, layers, { dropout, embedding: checked.embedding !== undefined })
  if (layers > 0 || dropout > 0) addHeadLayers(graph, names, head)
  for (const [name, tensor] of newTensors(head, features, old, checked)) graph.initializers.set(name, tensor)
  for (const [name, source] of Object.entries(checked.from)) copyRow(graph, head, { plain, old, classes, name, source })
  const parameters = plain.parameters.flatMap((name) => replaced(name, plain.head, head))
  return new Model({ ...facts(plain), parameters, head, graph, classes, task })
}

/** Removes all layers of a head but one, and returns the number of features that this one reads. */
function withoutHead(graph: Graph, head: Head): number {
  const { weight } = head.hidden?.[0] ?? head
  const [, features = 0] = graph.initializers.get(weight)!.dims
  if (head.hidden || head.dropout) removeHeadLayers(graph, head)
  return features
}

/** Returns the tensors of a new head, initialised. */
function newTensors(head: Head, features: number, { weight: { dims } }: OldHead, options: Checked) {
  const { init, seed, classes } = options
  const layers = layersOf(options)
  const [, , ...kernel] = dims
  const widths = [features, ...layers, classes.length]
  return [...(head.hidden ?? []), head].flatMap(({ weight, bias }, i) => {
    const [from, to] = [widths[i]!, widths[i + 1]!]
    const place = i < layers.length ? { hidden: i } : {}
    const values = initialiseHead({ init, seed, classes: to, features: from, ...place })
    return [
      [weight, float32(values.weight, [to, from, ...kernel])],
      [bias, float32(values.bias, [to])],
    ] as const
  })
}

interface Reuse {
  readonly plain: Backbone
  readonly old: OldHead
  readonly classes: readonly string[]
  /** The new class, and the old one whose row it takes. */
  readonly name: string
  readonly source: number | string
}

/** Copies the row of an old class, and its bias, to a new one. */
function copyRow({ initializers }: Graph, head: Head, { plain, old, classes, name, source }: Reuse): void {
  const to = classes.indexOf(name)
  if (to < 0) throw unknownClass(name, `the new classes are ${classes.join(', ')}`)
  const row = oldClass(plain, source, old.bias.data.length)
  const [weight, bias] = [head.weight, head.bias].map((tensor) => initializers.get(tensor) as Tensor<'float32'>)
  const [, features = 0] = weight!.dims
  if (old.weight.dims[1] !== features)
    throw unknownClass(source, 'the old head has hidden layers, whose rows these are')
  weight!.data.set(old.weight.data.subarray(row * features, (row + 1) * features), to * features)
  bias!.data[to] = old.bias.data[row]!
}

/** Returns the parameters in the place of one: those of the new head where the old one begins. */
function replaced(name: string, old: Head, head: Head): readonly string[] {
  const tensors = headTensors(old)
  if (!tensors.includes(name)) return [name]
  return name === tensors[0] ? headTensors(head) : []
}

export interface OldHead {
  readonly weight: Tensor<'float32'>
  readonly bias: Tensor<'float32'>
  /** The values from its result to the logits, which have the classes as their axis 1. */
  readonly after: readonly string[]
}

/** Finds the last layer of a backbone. */
export function findHead({ architecture, graph, head }: Backbone): OldHead {
  const [weight, bias] = [graph.initializers.get(head.weight), graph.initializers.get(head.bias)]
  const after = valuesAfter(graph, head.weight)
  const [classes, , ...kernel] = weight?.dims ?? []
  const isHead = [2, 4].includes(weight?.dims.length ?? 0) && kernel.every((size) => size === 1)
  const problem =
    !isHead || bias?.dims.length !== 1 || bias.dims[0] !== classes
      ? `it has no ${head.weight} [classes, features] with ${head.bias} [classes]`
      : graph.outputs[0]?.name !== after.at(-1)
        ? `${head.weight} does not make its first output, ${graph.outputs[0]?.name}`
        : undefined
  if (problem) throw modelError('model/no-head', { architecture, problem })
  return { weight: weight as Tensor<'float32'>, bias: bias as Tensor<'float32'>, after }
}

/** The operators that may follow a convolution that is the head: the mean of its scores over the image. */
const SCORES_TO_LOGITS = new Set(['Relu', 'GlobalAveragePool', 'Flatten'])

function valuesAfter(graph: Graph, weight: string): string[] {
  const values: string[] = []
  let node = graph.nodes.find(({ inputs }) => inputs.includes(weight))
  while (node && values.at(-1) !== graph.outputs[0]?.name) {
    const value = node.outputs[0]!
    values.push(value)
    node = graph.nodes.find(({ opType, inputs }) => SCORES_TO_LOGITS.has(opType) && inputs[0] === value)
  }
  return values
}

/** Finds the row of an old class. */
export function oldClass({ classes }: Backbone, source: number | string, count: number): number {
  if (typeof source === 'number') {
    if (source < count) return source
    throw unknownClass(source, `the old head has classes 0 to ${count - 1}`)
  }
  if (!classes)
    throw unknownClass(source, `the backbone does not know the names of its ${count} classes; give an index`)
  const row = classes.indexOf(source)
  if (row < 0)
    throw unknownClass(source, `the backbone has ${classes.slice(0, 8).join(', ')}${count > 8 ? ', ...' : ''}`)
  return row
}

const unknownClass = (name: number | string, problem: string) =>
  modelError('model/unknown-class', { class: name, problem })

/** Returns the graph with another number of classes in the shapes of these values. */
function resized(old: Graph, values: readonly string[], classes: number): Graph {
  const graph = old.clone()
  const resize = (value: ValueInfo): ValueInfo => {
    if (!values.includes(value.name)) return value
    const [batch = 'N', , ...rest] = value.shape ?? []
    return { ...value, shape: [batch, classes, ...rest] }
  }
  graph.outputs = graph.outputs.map(resize)
  graph.values = new Map([...graph.values].map(([name, value]) => [name, resize(value)]))
  return graph
}

/** Copies a backbone field by field, because a `Model` has getters and methods as well. */
function facts({ architecture, buffers, preprocessing, warnings, kept }: Backbone) {
  return { architecture, buffers, preprocessing, warnings, kept }
}
