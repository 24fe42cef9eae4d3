import { type CheckpointState, loadArtifacts, readModel } from '../../index.js'
import { count, plural, shape } from '../terminal/format.js'
import type { Description, Section } from './Description.js'

/** Describes a directory of training artifacts, of this library or of the official tool. */
export async function describeArtifacts(directory: string, signal: AbortSignal): Promise<Description> {
  const { trainingModel, evalModel, optimizerModel, checkpoint } = await loadArtifacts(directory, signal)
  const training = readModel(trainingModel)
  const parameters = new Set(checkpoint.parameters.keys())
  const feeds = training.inputs.filter(({ name }) => !parameters.has(name) && !/\.accumulation\.buffer$/.test(name))
  const state = describeState(checkpoint)
  const operators = readModel(optimizerModel).nodes.map(({ opType }) => opType)
  const optimizer =
    [...new Set(operators)].filter((name) => /Optimizer/.test(name)).join(', ') ||
    plural(operators.length, 'stock operator')
  const nodes = {
    training: training.nodes.length,
    eval: readModel(evalModel).nodes.length,
    optimizer: operators.length,
  }
  const inputs = feeds.map(({ name, type, shape }) => ({ name, type, dims: shape }))
  const loss = training.outputs[0]?.name
  return {
    data: { kind: 'artifacts', directory, inputs, loss, nodes, optimizer, ...state.data },
    title: `${directory}: training artifacts`,
    sections: [
      ['inputs', inputs.map(({ name, type, dims }) => `${name}: ${type ?? '?'} ${shape(dims)}`)],
      ['loss', loss ?? 'none'],
      ['nodes', `training ${nodes.training}, eval ${nodes.eval}, optimizer ${nodes.optimizer}`],
      ['optimizer', optimizer],
      ...state.sections,
    ],
  }
}

/** Describes a checkpoint without the other artifacts. */
export function describeCheckpoint(path: string, checkpoint: CheckpointState): Description {
  const { data, sections } = describeState(checkpoint)
  return { data: { kind: 'checkpoint', path, ...data }, title: `${path}: training checkpoint`, sections }
}

function describeState({ parameters, optimizerGroups, properties }: CheckpointState) {
  const tensors = [...parameters].map(([name, { tensor, requiresGrad }]) => ({
    ...{ name, type: tensor.type, dims: tensor.dims, requiresGrad, numbers: tensor.data.length },
  }))
  const sum = (requiresGrad: boolean) => {
    const list = tensors.filter((tensor) => tensor.requiresGrad === requiresGrad)
    const numbers = list.reduce((total, tensor) => total + tensor.numbers, 0)
    return `${count(numbers)} numbers in ${plural(list.length, 'tensor')}`
  }
  const groups = optimizerGroups.map(({ name, step, learningRate }) => ({ name, step, learningRate }))
  const lines = groups.map(({ name, step, learningRate }) => `${name}: step ${step}, learning rate ${learningRate}`)
  const sections: Section[] = [
    ['trainable', sum(true)],
    ['frozen', sum(false)],
    ...(lines.length > 0 ? [['optimizer state', lines] satisfies Section] : []),
    ...[...properties].map(([name, value]): Section => [name, String(value)]),
  ]
  return { data: { tensors, optimizerGroups: groups, properties: Object.fromEntries(properties) }, sections }
}
