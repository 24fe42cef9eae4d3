import type { FineTuneError } from '../../errors.js'
import { weightsError } from '../errors.js'

/** Makes an error. @param tensor the tensor that has the problem, if one has */
export const malformed = (problem: string, tensor?: string, cause?: unknown): FineTuneError =>
  weightsError('weights/malformed', { format: 'PyTorch', problem, ...(tensor !== undefined && { tensor }) }, { cause })

export const refused = (global: string): FineTuneError => weightsError('weights/refused-pickle', { global })
