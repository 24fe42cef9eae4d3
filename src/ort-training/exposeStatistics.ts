import type { SomeArtifacts } from '../artifacts/saveArtifacts.js'
import type { CheckpointParameter } from '../contract/CheckpointState.js'
import { parameterOfBuffer } from '../contract/names.js'
import { readModel } from '../onnx/format/read.js'
import { writeModel } from '../onnx/format/write.js'
import { type Graph, MS, type Node } from '../onnx/graph/graph.js'

/** The indices of the operator's inputs and outputs that are running statistics, old and new: mean, variance. */
const PLACES = [
  { input: 3, output: 1 },
  { input: 4, output: 2 },
] as const

/**
 * Makes artifacts whose batch normalizations update their running statistics. The operator of official training models
 * computes the new ones, but they are not used: here they become outputs, and statistics that are embedded in the
 * models become part of the checkpoint, which training and evaluation share.
 */
export function exposeStatistics(artifacts: SomeArtifacts): SomeArtifacts {
  const training = readModel(artifacts.trainingModel)
  const evaluation = artifacts.evalModel && readModel(artifacts.evalModel)
  const parameters = new Map(artifacts.checkpoint.parameters)
  for (const node of training.nodes.filter(isTrainedNorm))
    for (const { input, output } of PLACES) {
      const name = node.inputs[input]!
      const tensor = training.initializers.get(name)
      if (tensor) parameters.set(name, { tensor, requiresGrad: false })
      if (!parameters.has(name) || hasOutput(training, `${name}.out`)) continue
      makeInput(training, name, parameters.get(name)!)
      if (evaluation) makeInput(evaluation, name, parameters.get(name)!)
      addOutput(training, node, output, `${name}.out`, parameters.get(name)!)
    }
  return {
    ...artifacts,
    trainingModel: writeModel(training),
    ...(evaluation && { evalModel: writeModel(evaluation) }),
    checkpoint: { ...artifacts.checkpoint, parameters },
  }
}

const isTrainedNorm = ({ domain, opType }: Node): boolean => domain === MS && opType === 'BatchNormInternal'
const hasOutput = (graph: Graph, output: string): boolean => graph.outputs.some(({ name }) => name === output)

/** Turns an initializer into an input, among the parameters: before the buffers of gradients. */
function makeInput(graph: Graph, name: string, { tensor }: CheckpointParameter): void {
  graph.initializers.delete(name)
  if (graph.inputs.some((input) => input.name === name)) return
  if (!graph.nodes.some(({ inputs }) => inputs.includes(name))) return
  const buffers = graph.inputs.findIndex((input) => parameterOfBuffer(input.name) !== undefined)
  const value = { name, type: tensor.type, shape: tensor.dims }
  graph.inputs.splice(buffers < 0 ? graph.inputs.length : buffers, 0, value)
}

function addOutput(graph: Graph, node: Node, place: number, output: string, { tensor }: CheckpointParameter): void {
  graph.values.delete(node.outputs[place] ?? '')
  node.outputs[place] = output
  graph.outputs.push({ name: output, type: tensor.type, shape: tensor.dims })
}
