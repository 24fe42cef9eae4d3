import { constantSteps } from '../support/constantSteps.js'

/** The gradient of the sign: none, as in torch, since the result is constant between its steps. */
export const Sign = constantSteps('Sign')
