import type { FineTuneError } from '../../errors.js'
import { backboneError } from '../errors.js'

export const notAClassifier = (problem: string): FineTuneError =>
  backboneError('backbones/not-a-classifier', { problem })
