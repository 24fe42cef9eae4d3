import type { CandidateEvent, PlanEvent, StageEvent } from '../recipe/events.js'
import { clock, decimals } from './numbers.js'

/** Returns lines about the plan, a stage or the measure of something that was tried. */
export function recipeLines(event: PlanEvent | StageEvent | CandidateEvent): string[] {
  if (event.type === 'plan') return planLines(event)
  return [event.type === 'stage' ? stageLine(event) : candidateLine(event)]
}

function planLines(plan: PlanEvent): string[] {
  const { images, epochs, trials, refit, imageSize, seconds, budget, memory, imagesPerSecond } = plan
  const { evaluation, training } = imagesPerSecond
  const speed = `${decimals(evaluation, 1)} images/sec, in training ${decimals(training, 1)}`
  const tuning =
    trials === 0
      ? 'a head alone'
      : `a head; all layers ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'} at ${imageSize} pixels, tried ${trials === 1 ? 'once' : `${trials} times`} without a fifth of the images${refit ? ', then on all' : ''}`
  return [
    `plan for ${images} images: ${tuning}`,
    `about ${clock(seconds)} of ${clock(budget)} (${speed}), ${decimals(memory / 2 ** 30, 1)} GiB`,
  ]
}

function stageLine({ stage, trial, trials, images }: StageEvent): string {
  const which = trials !== undefined && trials > 1 ? ` ${trial} of ${trials}` : ''
  const texts = {
    data: `copies among ${images} images`,
    features: `features of ${images} images`,
    head: 'heads',
    trial: `trial${which}: all layers, ${images} images`,
    measurement: `trial${which}: measured on ${images} images`,
    training: `training of all layers, ${images} images`,
    evaluation: `validation on ${images} images`,
  }
  return texts[stage]
}

function candidateLine({ name, share, accuracy, interval: [low, high], loss }: CandidateEvent): string {
  const what = name === 'head' ? 'head alone' : share === 1 ? 'all layers' : `all layers, ${100 * share} % of the way`
  const range = `${decimals(low, 3)} to ${decimals(high, 3)}`
  return `${what}: accuracy ${decimals(accuracy, 3)} (${range}), loss ${decimals(loss, 3)}`
}
