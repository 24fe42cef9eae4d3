import { reducedExtremum } from '../support/extremum.js'

/** The gradient of the largest element along axes. */
export const ReduceMax = reducedExtremum('ReduceMax')
