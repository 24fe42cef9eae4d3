import type { SomeArtifacts } from '../artifacts/saveArtifacts.js'
import { rolesOf } from '../contract/roles.js'
import { readModel } from '../onnx/format/read.js'

/** The names that the official interface exposes. */
export interface Names {
  readonly trainingInputs: readonly string[]
  readonly trainingOutputs: readonly string[]
  readonly evalInputs: readonly string[]
  readonly evalOutputs: readonly string[]
  readonly trainable: readonly string[]
  /** Trainable parameters first, each kind in the order of the training model's inputs. */
  readonly parameters: readonly string[]
}

/**
 * Returns the names.
 * @throws FineTuneError 'onnx/malformed' and 'session/unknown-parameter' for a model that is not a training model of
 *   the checkpoint
 */
export function namesOf({ trainingModel, evalModel, checkpoint }: SomeArtifacts): Names {
  const training = readModel(trainingModel)
  const evaluation = evalModel && readModel(evalModel)
  const roles = rolesOf(training, checkpoint)
  const isTrainable = new Set(roles.trainable)
  const parameters = namesIn(training.inputs).filter((name) => checkpoint.parameters.has(name))
  const trainable = parameters.filter((name) => isTrainable.has(name))
  return {
    trainingInputs: namesIn(roles.inputs),
    trainingOutputs: roles.outputs,
    evalInputs: namesIn(evaluation?.inputs ?? []).filter((name) => !checkpoint.parameters.has(name)),
    evalOutputs: namesIn(evaluation?.outputs ?? []),
    trainable,
    parameters: [...trainable, ...parameters.filter((name) => !isTrainable.has(name))],
  }
}

const namesIn = (values: readonly { readonly name: string }[]): string[] => values.map(({ name }) => name)
