import type { FineTuneError } from '../errors.js'
import { artifactError } from './errors.js'

export const IDENTIFIER = 'ODTC'
/** The only version that ONNX Runtime's own reader accepts. */
export const VERSION = 2

export const malformed = (problem: string, where?: string): FineTuneError =>
  artifactError('artifacts/malformed-checkpoint', { problem, ...(where !== undefined && { where }) })
