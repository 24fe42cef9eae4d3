import type { Backbone } from '../../backbones/Backbone.js'
import { baseError } from '../../errors.js'
import type { Model } from '../../model/Model.js'
import { GraphBuilder } from '../../onnx/builder.js'
import { namesIn, unusedNames } from '../../onnx/format/names.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { float32, int64 } from '../../onnx/graph/tensor.js'
import { convertOpset } from '../../onnx/transform/convertOpset.js'
import { eliminateDeadNodes } from '../../onnx/transform/eliminateDeadNodes.js'
import { foldBatchNorm } from '../../onnx/transform/foldBatchNorm.js'
import { removeDropout } from '../../onnx/transform/removeDropout.js'
import { renameValues } from '../../onnx/transform/renameValues.js'
import { TEACHER_LOGITS } from './teacherLogits.js'

/**
 * Returns the network with a teacher beside it, in inference mode, that reads the same normalized images and gives
 * `TEACHER_LOGITS` in the order of the model's classes. No parameter of it is one of the model's: it does not train.
 *
 * @param graph the network, in which the model's own input is a value
 * @throws FineTuneError 'options/invalid' for a teacher of other classes or images
 */
export function addTeacher(graph: Graph, model: Model, teacher: Backbone): Graph {
  const places = placesOfClasses(model, teacher)
  demandSameSize(model, teacher)
  const both = graph.clone()
  const added = inferenceForm(teacher.graph)
  agreeOnOpset(both, added)
  prefixNames(both, added)

  const g = new GraphBuilder(both, 'distillation/')
  const image = renormalized(g, model.graph.inputs[0]!.name, model, teacher)
  renameValues(added, new Map([[added.inputs[0]!.name, image]]))
  both.nodes.push(...added.nodes)
  for (const [name, tensor] of added.initializers) both.initializers.set(name, tensor)
  g.op('Gather', [added.outputs[0]!.name, g.constant(int64(places))], { axis: 1 }, { outputs: [TEACHER_LOGITS] })
  return both
}

/** Returns the place that each of the model's classes has among the teacher's. */
function placesOfClasses({ classes }: Model, teacher: Backbone): number[] {
  const places = classes.map((name) => teacher.classes!.indexOf(name))
  const unknown = classes.filter((_, i) => places[i]! < 0)
  if (unknown.length === 0) return places
  throw baseError('options/invalid', {
    option: 'fineTune: distill.teacher.classes',
    received: teacher.classes,
    expected: `names among which are those of the model, also ${unknown.join(', ')}`,
  })
}

function demandSameSize(model: Model, teacher: Backbone): void {
  const { height, width } = model.inputSize
  const [, , ...received] = teacher.graph.inputs[0]?.shape ?? []
  if (received.every((size, i) => typeof size !== 'number' || size === [height, width][i])) return
  const expected = `an input of the model's size, ${height} x ${width}`
  throw baseError('options/invalid', { option: 'fineTune: distill.teacher', received, expected })
}

/** Returns a copy of a network that computes its first output from its first input; batch norm is folded, dropout off. */
function inferenceForm(network: Graph): Graph {
  const graph = foldBatchNorm(network)
  graph.inputs = graph.inputs.slice(0, 1)
  graph.outputs = graph.outputs.slice(0, 1)
  removeDropout(graph)
  eliminateDeadNodes(graph)
  return graph
}

/** Converts the older of two graphs to the operator set of the other. */
function agreeOnOpset(graph: Graph, added: Graph): void {
  const newest = Math.max(...[graph, added].map(({ opsets }) => opsets.get('') ?? 1))
  for (const one of [graph, added]) convertOpset(one, newest)
  for (const [domain, version] of added.opsets) if (!graph.opsets.has(domain)) graph.opsets.set(domain, version)
}

/** Gives the values and the nodes of a graph names that another has not. */
function prefixNames(graph: Graph, added: Graph): void {
  const unused = unusedNames([...namesIn(graph), ...graph.nodes.map(({ name }) => name), TEACHER_LOGITS])
  const own = new Set([...namesIn(added)].filter((name) => name !== ''))
  renameValues(added, new Map([...own].map((name) => [name, unused(`teacher/${name}`)])))
  for (const node of added.nodes) node.name = unused(`teacher/${node.name}`)
}

/** Adds the image as the teacher's normalization has it: x std + mean are values from 0 to 1. */
function renormalized(g: GraphBuilder, image: string, model: Model, teacher: Backbone): string {
  const [own, its] = [model.preprocessing, teacher.preprocessing]
  if (`${own.mean}` === `${its.mean}` && `${own.std}` === `${its.std}`) return image
  const perChannel = (values: readonly number[]) => g.constant(float32(values, [1, values.length, 1, 1]))
  const factor = own.std.map((std, i) => std / its.std[i]!)
  const shift = own.mean.map((mean, i) => (mean - its.mean[i]!) / its.std[i]!)
  return g.op('Add', [g.op('Mul', [image, perChannel(factor)]), perChannel(shift)])
}
