import type { FineTuneError } from '../../errors.js'
import { autodiffError } from '../errors.js'
import type { GradientContext } from './rule.js'

/** Returns the error of a node whose operator has a rule, but not for this form of it. */
export const unsupported = ({ node }: GradientContext, form: string): FineTuneError =>
  autodiffError('autodiff/unsupported-form', { op: node.opType, node: node.name || node.outputs[0]!, form })
