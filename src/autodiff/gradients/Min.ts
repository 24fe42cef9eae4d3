import { elementwiseExtremum } from '../support/extremum.js'

/** The gradient of the smallest of several values. */
export const Min = elementwiseExtremum('Min')
