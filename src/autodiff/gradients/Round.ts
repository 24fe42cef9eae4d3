import { constantSteps } from '../support/constantSteps.js'

/** The gradient of the nearest whole number: none, as in torch, since the result is constant between its steps. */
export const Round = constantSteps('Round')
