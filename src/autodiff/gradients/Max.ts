import { elementwiseExtremum } from '../support/extremum.js'

/** The gradient of the largest of several values. */
export const Max = elementwiseExtremum('Max')
