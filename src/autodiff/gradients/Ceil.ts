import { constantSteps } from '../support/constantSteps.js'

/** The gradient of the next whole number: none, as in torch, since the result is constant between its steps. */
export const Ceil = constantSteps('Ceil')
