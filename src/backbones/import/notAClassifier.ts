import { FineTuneError } from '../../errors.js'

export const notAClassifier = (problem: string): FineTuneError =>
  new FineTuneError('backbones/not-a-classifier', { problem })
