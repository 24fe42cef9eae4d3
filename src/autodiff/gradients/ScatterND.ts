import { scatterRule } from '../support/scatter.js'

/** The gradient of slices written at indices. */
export const ScatterND = scatterRule('ScatterND', 'GatherND', () => ({}))
