import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import type { Backbone } from '../backbones/Backbone.js'
import { backboneKind } from '../backbones/backboneKind.js'
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
  seed: z.int().default(0),
})
const checkedSchema = schema.refine(({ classes, task }) => classes.length > 1 || task !== 'classification', {
  path: ['classes'],
  error: "two names or more, unless task is 'multiLabel' or 'regression'",
})

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
  const { classes, task, init, from, seed } = checkOptions(checkedSchema, options, 'replaceHead')
  const plain = backbone instanceof Model ? mergeAdapters(backbone) : backbone
  const old = findHead(plain)
  const [, features = 0, ...kernel] = old.weight.dims
  const { weight, bias } = initialiseHead({ init, seed, classes: classes.length, features })
  for (const [name, source] of Object.entries(from)) {
    const to = classes.indexOf(name)
    if (to < 0) throw unknownClass(name, `the new classes are ${classes.join(', ')}`)
    const row = oldClass(plain, source, old.bias.data.length)
    weight.set(old.weight.data.subarray(row * features, (row + 1) * features), to * features)
    bias[to] = old.bias.data[row]!
  }

  const graph = resized(plain.graph, old.after, classes.length)
  graph.initializers.set(backbone.head.weight, float32(weight, [classes.length, features, ...kernel]))
  graph.initializers.set(backbone.head.bias, float32(bias, [classes.length]))
  return new Model({ ...facts(plain), graph, classes, task })
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
function facts({ architecture, parameters, buffers, head, preprocessing, warnings, kept }: Backbone) {
  return { architecture, parameters, buffers, head, preprocessing, warnings, kept }
}
