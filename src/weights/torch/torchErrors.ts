import { FineTuneError } from '../../errors.js'

/** Makes an error. @param tensor the tensor that has the problem, if one has */
export const malformed = (problem: string, tensor?: string, cause?: unknown): FineTuneError =>
  new FineTuneError(
    'weights/malformed',
    { format: 'PyTorch', problem, ...(tensor !== undefined && { tensor }) },
    { cause },
  )

export const refused = (global: string): FineTuneError => new FineTuneError('weights/refused-pickle', { global })
