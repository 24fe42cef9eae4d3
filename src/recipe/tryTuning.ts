import { subset } from '../data/dataset/subset.js'
import { computeOutputs } from '../finetune/features/computeOutputs.js'
import type { EpochEvent } from '../finetune/record/events.js'
import type { Model } from '../model/Model.js'
import { foldsOf } from '../probe/crossValidate.js'
import { atImageSize } from './atImageSize.js'
import { type ChosenHead, fitHead } from './chooseHead.js'
import { choose, HeldOut } from './HeldOut.js'
import type { ImageFeatures } from './imageFeatures.js'
import { outputOptions } from './options.js'
import { type Events, type RecipeParts, secondsFor } from './parts.js'
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
    outcome = yield* tryOnce(run, features, { head, plan, trial, measured })
  }
  const candidates = measured.map((one, i) => one.candidate(SHARES[i]!))
  const place = choose(measured)
  const [chosen, heldOut] = [candidates[place]!, measured[place]!]
  const { start, end, lastEpoch } = outcome!
  return { candidates, chosen, heldOut, lastEpoch, ...(!plan.refit && { weights: between(start, end, chosen.share) }) }
}

interface Trial {
  readonly start: Weights
  readonly end: Weights
  readonly lastEpoch: EpochEvent | undefined
}

interface TrialPlan {
  readonly head: ChosenHead
  readonly plan: RecipePlan
  readonly trial: number
  /** Receives the logits of the part that is left out, for each share. */
  readonly measured: readonly HeldOut[]
}

/** Trains all layers without a part of the images, and measures weights on the way there on that part. */
async function* tryOnce(
  run: RecipeParts,
  features: ImageFeatures,
  { head, plan, trial, measured }: TrialPlan,
): Events<Trial> {
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
  const form = { epochs, imageSize, seconds: secondsFor(run, shareOf(plan, trial)) }
  const lastEpoch = yield* tune(run, copy, inner, features, form)
  const end = weightsOf(copy)
  yield { type: 'stage', stage: 'measurement', ...number, images: held.length }
  const labels = held.map((image) => features.labels[image]!)
  for (const [i, share] of SHARES.entries()) {
    if (share === 0) measured[i]!.add(probe.logits(features.testViews(held)), labels)
    else {
      setWeights(copy, between(start, end, share))
      const values = [copy.graph.outputs[0]!.name]
      const { rows } = await computeOutputs(copy, subset(features.dataset, held), { values }, outputOptions(options))
      measured[i]!.add(rows, labels)
    }
  }
  return { start, end, lastEpoch }
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
  { options, surroundings }: RecipeParts,
  model: Model,
  images: readonly number[],
  features: ImageFeatures,
  { imageSize, ...length }: TuningForm,
): Events<EpochEvent | undefined> {
  const trained = imageSize === model.inputSize.height ? model : atImageSize(model, imageSize)!
  const training = tuningRun(trained, subset(features.dataset, images), length, options)
  surroundings.begins(training)
  let last: EpochEvent | undefined
  for await (const event of training) {
    if (event.type === 'done') continue
    if (last) yield last
    last = event.type === 'epoch' ? event : undefined
    if (!last) yield event
  }
  setWeights(model, weightsOf(trained))
  return last
}
