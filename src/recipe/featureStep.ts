import type { AutomaticEvent } from './events.js'

/** Returns the event of a step in a stage that trains nothing; numbers of steps may be broken. */
export const featureStep = (step: number, steps: number): AutomaticEvent => ({
  ...{ type: 'featureStep', dataset: 'train', epoch: 1, epochs: 1 },
  ...{ step: Math.ceil(step), stepsPerEpoch: Math.ceil(steps) },
})
