import { constantSteps } from '../support/constantSteps.js'

/** The gradient of the whole number before: none, as in torch, since the result is constant between its steps. */
export const Floor = constantSteps('Floor')
