import { FineTuneError } from '../../errors.js'

/** @param tensor the tensor that is at fault, if one is */
export const malformed = (problem: string, tensor?: string, cause?: unknown): FineTuneError =>
  new FineTuneError(
    'weights/malformed',
    { format: 'PyTorch', problem, ...(tensor !== undefined && { tensor }) },
    { cause },
  )

export const refused = (global: string): FineTuneError => new FineTuneError('weights/refused-pickle', { global })
