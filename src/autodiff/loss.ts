import * as z from 'zod'
import { baseError } from '../errors.js'
import { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'
import { autodiffError } from './errors.js'

/** The operator set that introduced SoftmaxCrossEntropyLoss. */
const FIRST_OPSET = 12

/** The zod schema of a `Loss`. */
export const lossSchema = z.strictObject({
  type: z.literal('crossEntropy'),
  reduction: z.enum(['mean', 'sum']),
  logits: z.string().min(1).optional(),
  labels: z.string().min(1).optional(),
})

/** The loss that training minimises. */
export interface Loss {
  /** Cross entropy of the softmax of the logits `[N, classes, ...]` with int64 labels `[N, ...]`. */
  readonly type: 'crossEntropy'
  /** The reduction over the examples of a batch. */
  readonly reduction: 'mean' | 'sum'
  /** The value that holds the logits. Default: the first output of the model. */
  readonly logits?: string | undefined
  /** The name of the input that takes the labels. @default 'labels' */
  readonly labels?: string | undefined
}

/**
 * Appends the loss to a graph, with its labels as an input, and returns the name of the scalar, `onnx::loss::N`.
 * The names are those of the official tool.
 */
export function addLoss(graph: Graph, loss: Loss): string {
  const opset = graph.opsets.get('') ?? 1
  if (opset < FIRST_OPSET) throw autodiffError('autodiff/opset', { opset, needed: FIRST_OPSET })
  const logits = logitsOf(graph, loss)
  const shape = graph.info(logits)?.shape
  const labels = loss.labels ?? 'labels'
  if (graph.info(labels)) throw invalid('loss.labels', labels, 'a name that the model does not use yet')
  const g = new GraphBuilder(graph)
  g.input(labels, 'int64', shape ? [shape[0] ?? null, ...shape.slice(2)] : [null])
  const taken = new Set(graph.nodes.flatMap((node) => [node.name, ...node.outputs]))
  const [name, logProbabilities, node] = officialNames(taken)
  const options = { name: node, outputs: [name, logProbabilities] }
  g.ops('SoftmaxCrossEntropyLoss', [logits, labels], { reduction: loss.reduction }, options)
  graph.values.set(name, { name, type: 'float32', shape: [] })
  graph.values.set(logProbabilities, { name: logProbabilities, type: 'float32', ...(shape && { shape }) })
  return name
}

function logitsOf(graph: Graph, loss: Loss): string {
  const logits = loss.logits ?? graph.outputs[0]?.name
  if (logits === undefined)
    throw invalid('loss.logits', logits, 'the name of a value of the model, which has no output')
  const known = graph.nodes.some((node) => node.outputs.includes(logits)) || graph.info(logits)
  if (!known) throw invalid('loss.logits', logits, 'the name of a value of the model')
  return logits
}

/** Returns a function that makes names as the official tool does: numbered from one counter. */
function officialNames(taken: ReadonlySet<string>): [string, string, string] {
  for (let n = 0; ; n++) {
    const names = [`onnx::loss::${n}`, `onnx::log_prob::${n + 1}`, `onnx::SoftmaxCrossEntropyLoss::${n + 2}`] as const
    if (!names.some((name) => taken.has(name))) return [...names]
  }
}

const invalid = (option: string, received: unknown, expected: string) =>
  baseError('options/invalid', { option, received, expected })
