import { reducedExtremum } from '../support/extremum.js'

/** The gradient of the smallest element along axes. */
export const ReduceMin = reducedExtremum('ReduceMin')
