import { subset } from '../data/dataset/subset.js'
import { isFineTuneError } from '../errors.js'
import { computeOutputs } from '../finetune/features/computeOutputs.js'
import { type EpochEvent, warningOf } from '../finetune/record/events.js'
import type { FineTuneRun } from '../finetune/run/FineTuneRun.js'
import type { Model } from '../model/Model.js'
import { foldsOf } from '../probe/crossValidate.js'
import { atImageSize } from './atImageSize.js'
import { type ChosenHead, fitHead } from './chooseHead.js'
import { choose, HeldOut } from './HeldOut.js'
import type { ImageFeatures } from './imageFeatures.js'
import type { TrialOutcome } from './KeptRecipe.js'
import { outputOptions } from './options.js'
import { type Events, type RecipeParts, secondsFor, secondsOf } from './parts.js'
import { FOLDS, SHARES } from './planTuning.js'
import type { RecipeCandidate, RecipePlan } from './RecipeReport.js'
import { between, copyOf, setHead, setWeights, type TuningForm, tuningRun, type Weights, weightsOf } from './tuning.js'

/** The outcome of the trials. */
export interface Tried {
  readonly candidates: readonly RecipeCandidate[]
  readonly chosen: RecipeCandidate
  /** The logits of what is chosen. */
  readonly heldOut: HeldOut
  /** The weights of the only trial, at the chosen share, if they are to be kept. */
  readonly weights?: Weights | undefined
  readonly lastEpoch?: EpochEvent | undefined
}

/**
 * Tries to train all layers, as often as the plan says, and chooses between the head alone and weights on the way to the
 * trained ones.
 */
export async function* tryTuning(
  run: RecipeParts,
  features: ImageFeatures,
  head: ChosenHead,
  plan: RecipePlan,
): Events<Tried> {
  const { labels, classes } = features
  if (plan.trials === 0) {
    const heldOut = new HeldOut(classes)
    heldOut.add(head.logits, labels)
    const candidate = heldOut.candidate(0)
    return { candidates: [candidate], chosen: candidate, heldOut }
  }
  const measured = SHARES.map(() => new HeldOut(classes))
  let outcome: Trial | undefined
  for (let trial = 0; trial < plan.trials; trial++) {
    run.surroundings.records(!plan.refit)
    const known = run.kept?.trials[trial]
    outcome = known ?? (yield* tryOnce(run, features, { head, plan, trial }))
    const { labels: held, logits } = outcome
    for (const [i, one] of measured.entries()) one.add(logits[i]!, held)
    if (plan.refit && !known) yield* keepOutcome(run, trial, outcome)
  }
  const candidates = measured.map((one, i) => one.candidate(SHARES[i]!))
  const place = choose(measured)
  const [chosen, heldOut] = [candidates[place]!, measured[place]!]
  const { course } = outcome!
  const weights = course && !plan.refit ? between(course.start, course.end, chosen.share) : undefined
  return { candidates, chosen, heldOut, weights, lastEpoch: course?.lastEpoch }
}

/** Keeps the outcome of a trial: its weights are needed no longer. A disk that is full by then does not end the run. */
async function* keepOutcome(run: RecipeParts, trial: number, outcome: Trial): Events<void> {
  try {
    await run.kept?.finishTrial(nameOf(trial), outcome, secondsOf(run))
  } catch (error) {
    if (!isFineTuneError(error, 'train/checkpoint-not-kept')) throw error
    yield warningOf(error)
  }
}

const nameOf = (trial: number): string => `trial-${trial + 1}`

interface Trial extends TrialOutcome {
  /** The way of the weights, of a trial that this process has run. */
  readonly course?: Course
}

interface Course {
  readonly start: Weights
  readonly end: Weights
  readonly lastEpoch: EpochEvent | undefined
}

interface TrialPlan {
  readonly head: ChosenHead
  readonly plan: RecipePlan
  readonly trial: number
}

/** Trains all layers without a part of the images, and measures weights on the way there on that part. */
async function* tryOnce(run: RecipeParts, features: ImageFeatures, { head, plan, trial }: TrialPlan): Events<Trial> {
  const { model, options } = run
  const fold = foldsOf(features, FOLDS, options.seed)
  const all = [...features.labels.keys()]
  const [inner, held] = [all.filter((image) => fold[image] !== trial), all.filter((image) => fold[image] === trial)]
  const number = { trial: trial + 1, trials: plan.trials }
  yield { type: 'stage', stage: 'trial', ...number, images: inner.length }
  const copy = copyOf(model)
  const probe = await fitHead(features, inner, head, options.signal)
  setHead(copy, probe)
  const start = weightsOf(copy)
  const { epochs, imageSize } = plan
  const form = { name: nameOf(trial), epochs, imageSize, seconds: secondsFor(run, shareOf(plan, trial)) }
  const lastEpoch = yield* tune(run, copy, inner, features, form)
  const end = weightsOf(copy)
  yield { type: 'stage', stage: 'measurement', ...number, images: held.length }
  const labels = held.map((image) => features.labels[image]!)
  const logits: number[][] = []
  for (const share of SHARES) {
    if (share === 0) logits.push([...probe.logits(features.testViews(held))])
    else {
      setWeights(copy, between(start, end, share))
      const values = [copy.graph.outputs[0]!.name]
      const { rows } = await computeOutputs(copy, subset(features.dataset, held), { values }, outputOptions(options))
      logits.push([...rows])
    }
  }
  return { labels, logits, course: { start, end, lastEpoch } }
}

/** Returns the share of a trial in the images that this trial and all later training go through. */
function shareOf({ trials, refit }: RecipePlan, trial: number): number {
  const inner = 1 - 1 / FOLDS
  return inner / (inner * (trials - trial) + (refit ? 1 : 0))
}

/**
 * Trains all layers on some images, at the size that the plan says; the last epoch is returned, for the model is not yet
 * measured.
 */
export async function* tune(
  { options, surroundings, kept }: Pick<RecipeParts, 'options' | 'surroundings' | 'kept'>,
  model: Model,
  images: readonly number[],
  features: ImageFeatures,
  { name, imageSize, ...length }: TuningForm,
): Events<EpochEvent | undefined> {
  const trained = imageSize === model.inputSize.height ? model : atImageSize(model, imageSize)!
  const data = subset(features.dataset, images)
  const training = tuningRun(trained, data, length, options, kept?.optionsOf(name))
  surroundings.begins(training)
  let last: EpochEvent | undefined
  for await (const event of training) {
    if (event.type === 'done') continue
    if (event.type === 'resumed') surroundings.resumes(training)
    if (last) yield last
    last = event.type === 'epoch' ? event : undefined
    if (!last) yield event
  }
  setWeights(model, weightsOf(trained))
  return last ?? lastOf(training)
}

/** Returns the last epoch of a training that was finished before it was resumed. */
function lastOf({ record }: FineTuneRun): EpochEvent | undefined {
  const last = record.epochs.at(-1)
  if (!last) return undefined
  const { time, steps, ...metrics } = last
  return { type: 'epoch', epochs: record.settings.epochs, ...metrics }
}
