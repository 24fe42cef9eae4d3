import { onnxError } from '../onnx/errors.js'
import type { Graph, ValueInfo } from '../onnx/graph/graph.js'
import type { CheckpointState } from './CheckpointState.js'
import { contractError } from './errors.js'
import { flagOf, LAZY_RESET, parameterOfBuffer } from './names.js'

/** The roles of the inputs and outputs of an official training model, by their names. */
export interface Roles {
  /** The inputs that a user feeds: inputs and labels. */
  readonly inputs: readonly ValueInfo[]
  readonly trainable: readonly string[]
  /** The parameters that do not change. */
  readonly frozen: readonly string[]
  /** The running statistics: `<name>.out` is an output. */
  readonly statistics: readonly string[]
  readonly loss: string
  /** The requested outputs, the loss first. */
  readonly outputs: readonly string[]
}

/**
 * Assigns the inputs and outputs of a training model to their roles.
 *
 * @throws FineTuneError 'session/unknown-parameter' for a trainable parameter that is not in the checkpoint,
 *   'onnx/malformed' for a model that is not a training model
 */
export function rolesOf(training: Graph, { parameters }: CheckpointState): Roles {
  const names = training.inputs.map(({ name }) => name)
  const trainable = names.map(parameterOfBuffer).filter((parameter) => parameter !== undefined)
  for (const parameter of trainable)
    if (!parameters.has(parameter))
      throw contractError('session/unknown-parameter', { parameter, known: [...parameters.keys()] })
  const made = new Set(training.outputs.map(({ name }) => name))
  const statistics = names.filter((name) => made.has(`${name}.out`))
  const internal = new Set([...statistics.map((name) => `${name}.out`), ...trainable.map(flagOf)])
  const outputs = [...made].filter((name) => !internal.has(name))
  const loss = outputs[0]
  if (trainable.length === 0 || loss === undefined)
    throw onnxError('onnx/malformed', {
      problem: 'a training model has a loss and inputs <parameter>_grad.accumulation.buffer',
    })
  return {
    inputs: training.inputs.filter(({ name }) => !parameters.has(name) && !isInternal(name)),
    trainable,
    frozen: [...parameters.keys()].filter((name) => !trainable.includes(name) && !statistics.includes(name)),
    statistics,
    loss,
    outputs,
  }
}

/**
 * Returns the parameter that a gradient or an optimizer state belongs to: `fc.weight_grad`,
 * `fc.weight.momentum_buffer`.
 */
export const parameterOf = (name: string): string => name.replace(/_grad$|\.[^.]*(?<!_grad)$/, '')

const isInternal = (input: string): boolean => parameterOfBuffer(input) !== undefined || input === LAZY_RESET
