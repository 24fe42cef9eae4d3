import type { Model, Phase } from '../../index.js'
import { cliError } from '../errors.js'
import { headParameters, type OptimizerSettings, optimizerOf } from './optimizer.js'

type PhaseSettings = OptimizerSettings & { readonly epochs: number }

/** Returns the phases of a run that trains the head alone at first, as fastai's `fine_tune`, at its usual rate. */
export function phasesOf(model: Model, options: PhaseSettings, freezeEpochs: number, fromScratch: boolean): Phase[] {
  const head = new Set(headParameters(model))
  const optimizer = (trained: Model) => optimizerOf(trained, options, fromScratch)
  return [
    { epochs: freezeEpochs, freeze: model.parameters.filter((name) => !head.has(name)), optimizer },
    { epochs: options.epochs, optimizer },
  ]
}

/** Refuses a time limit for a run of phases, each of which has its epochs. @throws FineTuneError 'cli/bad-option' */
export function refusePhases(options: {
  readonly 'freeze-epochs': number | undefined
  readonly budget: string | undefined
}): void {
  const received = options['freeze-epochs']
  if (received === undefined || options.budget === undefined) return
  throw cliError('cli/bad-option', { option: '--freeze-epochs', expected: 'left out with --budget', received })
}
