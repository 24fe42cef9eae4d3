import { GraphBuilder } from '../onnx/builder.js'
import type { Graph } from '../onnx/graph/graph.js'
import { inferShapes } from '../onnx/shapes/inferShapes.js'
import { autodiffError } from './errors.js'
import { addBinaryCrossEntropy } from './losses/binaryCrossEntropy.js'
import { addDenseCrossEntropy } from './losses/denseCrossEntropy.js'
import { addHuber, addMeanSquaredError } from './losses/differences.js'
import { addDistillation } from './losses/distillation.js'
import { addFocal, addSigmoidFocal } from './losses/focal.js'
import { type CheckedLoss, type CheckedLossOf, invalidLoss, type Loss, type LossValues } from './losses/Loss.js'
import { addSoftmaxCrossEntropy } from './losses/softmaxCrossEntropy.js'
import { addSupervisedContrastive } from './losses/supervisedContrastive.js'
import { addTriplet } from './losses/triplet.js'

export {
  type BinaryCrossEntropyLoss,
  type CrossEntropyLoss,
  type DistillationLoss,
  type FocalLoss,
  type HuberLoss,
  type Loss,
  lossSchema,
  type MeanSquaredErrorLoss,
  type SigmoidFocalLoss,
  type SupervisedContrastiveLoss,
  type TripletLoss,
} from './losses/Loss.js'

/** The operator sets that introduced SoftmaxCrossEntropyLoss, and the LogSoftmax whose gradient is an official operator. */
const FIRST_OPSETS = { official: 12, dense: 13 }

/**
 * Appends the loss to a graph, with its labels as an input, under names of the official tool.
 *
 * @returns the graph with it, and the name of the scalar, `onnx::loss::N`
 */
export function addLoss(graph: Graph, loss: CheckedLoss): { readonly graph: Graph; readonly name: string } {
  const isOfficial = isOfficialLoss(loss)
  demandOpset(graph, FIRST_OPSETS[isOfficial ? 'official' : 'dense'])
  const values = { logits: logitsOf(graph, loss), labels: labelsOf(graph, loss), names: officialNames(graph) }
  addLossOf(new GraphBuilder(graph, 'loss/'), values, loss)
  const [name] = values.names
  graph.values.set(name, { name, type: 'float32', shape: [] })
  // The gradients of stock operators are written by the shapes of what they read.
  return { graph: isOfficial ? graph : inferShapes(graph), name }
}

/** Tells whether a loss is that of the official operator. */
const isOfficialLoss = (loss: CheckedLoss): boolean =>
  loss.type === 'crossEntropy' && loss.labelSmoothing === 0 && loss.targets === 'classes'

const builders: {
  readonly [Type in Loss['type']]: (g: GraphBuilder, values: LossValues, loss: CheckedLossOf<Type>) => void
} = {
  crossEntropy: (g, values, loss) =>
    (isOfficialLoss(loss) ? addSoftmaxCrossEntropy : addDenseCrossEntropy)(g, values, loss),
  binaryCrossEntropy: addBinaryCrossEntropy,
  focal: addFocal,
  sigmoidFocal: addSigmoidFocal,
  meanSquaredError: addMeanSquaredError,
  huber: addHuber,
  distillation: (g, values, loss) =>
    addDistillation(g, values, loss, (ofLabels, inner) => addLossOf(g, ofLabels, inner)),
  supervisedContrastive: (g, values, loss) =>
    addSupervisedContrastive(g, values, loss, (ofLabels, inner) => addLossOf(g, ofLabels, inner)),
  triplet: (g, values, loss) => addTriplet(g, values, loss, (ofLabels, inner) => addLossOf(g, ofLabels, inner)),
}

const addLossOf = <Type extends Loss['type']>(g: GraphBuilder, values: LossValues, loss: CheckedLoss): void =>
  builders[loss.type as Type](g, values, loss as CheckedLossOf<Type>)

function demandOpset(graph: Graph, needed: number): void {
  const opset = graph.opsets.get('') ?? 1
  if (opset < needed) throw autodiffError('autodiff/opset', { opset, needed })
}

function logitsOf(graph: Graph, loss: CheckedLoss): string {
  const logits = loss.logits ?? graph.outputs[0]?.name
  if (logits === undefined) throw invalidLoss('logits', logits, 'the name of a value of the model, which has no output')
  const known = graph.nodes.some((node) => node.outputs.includes(logits)) || graph.info(logits)
  if (!known) throw invalidLoss('logits', logits, 'the name of a value of the model')
  return logits
}

function labelsOf(graph: Graph, { labels = 'labels' }: CheckedLoss): string {
  if (graph.info(labels)) throw invalidLoss('labels', labels, 'a name that the model does not use yet')
  return labels
}

/** Makes names as the official tool does: numbered from one counter. */
function officialNames(graph: Graph): readonly [string, string, string] {
  const taken = new Set(graph.nodes.flatMap((node) => [node.name, ...node.outputs]))
  for (let n = 0; ; n++) {
    const names = [`onnx::loss::${n}`, `onnx::log_prob::${n + 1}`, `onnx::SoftmaxCrossEntropyLoss::${n + 2}`] as const
    if (!names.some((name) => taken.has(name))) return names
  }
}
