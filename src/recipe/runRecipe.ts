import { calibrationOf } from '../calibration/calibrateModel.js'
import { evaluate } from '../evaluation/evaluate.js'
import { preprocessingOf } from '../finetune/options/defaultTransforms.js'
import type { EpochEvent, Evaluation, FineTuneResult } from '../finetune/record/events.js'
import { demandImages } from '../finetune/run/demandImages.js'
import { labelIssues } from '../labels/findLabelIssues.js'
import type { Model } from '../model/Model.js'
import { adviceOf } from './advice.js'
import { type ChosenHead, chooseHead, fitHead } from './chooseHead.js'
import type { AutomaticEvent } from './events.js'
import { featureStep } from './featureStep.js'
import { findCopies, groupsOf } from './findCopies.js'
import { HeldOut } from './HeldOut.js'
import { type ImageFeatures, imageFeatures } from './imageFeatures.js'
import { KeptRecipe } from './KeptRecipe.js'
import { type CheckedAutomatic, outputOptions } from './options.js'
import { type Events, type RecipeParts, type Surroundings, secondsFor, secondsOf } from './parts.js'
import { planRecipe } from './planRecipe.js'
import { FOLDS } from './planTuning.js'
import type { RecipePlan, RecipeReport } from './RecipeReport.js'
import { reported } from './reported.js'
import { type Tried, tryTuning, tune } from './tryTuning.js'
import { between, copyOf, setHead, setWeights, weightsOf } from './tuning.js'

/** The result of a run with the automatic recipe. */
export interface AutomaticResult extends FineTuneResult {
  readonly recipe: RecipeReport
}

/** The share of correctly classified images that the threshold for "none of these" keeps. */
const KEPT = 0.95

/**
 * Runs the automatic recipe. Everything is chosen on training images: heads by cross-validation, training of all layers
 * on parts that it leaves out. From the first head on, the model is always the best that is finished.
 */
export async function* runRecipe(
  model: Model,
  options: CheckedAutomatic,
  surroundings: Surroundings,
): Events<AutomaticResult> {
  const begun = performance.now()
  options.signal?.throwIfAborted()
  const kept = await KeptRecipe.open(model, options)
  try {
    return yield* runStages({ model, options, surroundings, since: begun - 1000 * (kept?.seconds ?? 0), kept })
  } finally {
    await kept?.close()
  }
}

async function* runStages(run: RecipeParts): Events<AutomaticResult> {
  const { model, options, kept } = run
  const autoOrient = options.autoOrient ?? model.preprocessing.autoOrient ?? true
  model.preprocessing = { ...preprocessingOf(model, options), autoOrient }
  const plan = kept?.plan ?? (await planRecipe(model, options))
  if (!kept?.plan) await kept?.begin(plan, secondsOf(run))
  yield { type: 'plan', ...plan }
  const duplicates = yield* findCopies(run)
  const features = yield* computeFeatures(run, groupsOf(options.train, duplicates))
  const head = yield* fitFirstHead(run, features)
  const tried = yield* tryTuning(run, features, head, plan)
  const { candidates, chosen, heldOut } = tried
  for (const candidate of candidates) yield { type: 'candidate', ...candidate }
  const last = yield* finish(run, features, plan, tried)
  const calibration = calibrationOf(heldOut.logits, heldOut.labels, KEPT)
  const issues = labelIssues({ ...head, labels: features.labels, classes: features.classes }, (row) => ({
    index: features.indices[row]!,
    source: features.dataset.samples[row]!.source,
  }))
  const outcome = {
    plan,
    duplicates,
    candidates,
    chosen,
    usesKept: (head.emphasis?.factor ?? 0) > 0,
    labelIssues: issues,
  }
  const advice = adviceOf({ ...outcome, classes: model.classes, recalls: heldOut.recalls })
  const recipe: RecipeReport = { ...outcome, l2: head.l2, calibration, advice }
  const validation = yield* evaluateModel(run)
  const seconds = secondsOf(run)
  const epoch = epochOf(last, head, features, seconds, validation)
  yield epoch
  const { type, epochs, ...metrics } = epoch
  const { examplesPerSecond } = epoch
  const result = { epochs: [metrics], ...(validation && { validation }), examplesPerSecond, seconds, recipe }
  yield { type: 'done', result }
  return result
}

async function* computeFeatures({ model, options }: RecipeParts, groups: Uint32Array): Events<ImageFeatures> {
  const { train, batchSize } = options
  yield { type: 'stage', stage: 'features', images: train.samples.length }
  const features = yield* reported<AutomaticEvent, ImageFeatures>((report) =>
    imageFeatures(model, train, groups, {
      ...outputOptions(options),
      onProgress: ({ images, done }) => report(featureStep(done / batchSize, images / batchSize)),
    }),
  )
  demandImages(features.labels.length, 'train', features.skipped)
  return features
}

/** A head that is fitted to all images, and how well. */
interface FittedHead extends ChosenHead {
  readonly fit: { readonly loss: number; readonly accuracy: number }
}

/** Chooses a head, fits it to all images and gives it to the model. */
async function* fitFirstHead({ model, options }: RecipeParts, features: ImageFeatures): Events<FittedHead> {
  const { seed, signal } = options
  yield { type: 'stage', stage: 'head', images: features.labels.length }
  const head = yield* reported<AutomaticEvent, ChosenHead>((report) =>
    chooseHead(features, { folds: FOLDS, seed, signal, onFit: (done, of) => report(featureStep(done, of)) }),
  )
  const all = [...features.labels.keys()]
  const probe = await fitHead(features, all, head, signal)
  setHead(model, probe)
  const fit = new HeldOut(features.classes)
  fit.add(probe.logits(features.testViews(all)), features.labels)
  return { ...head, fit: fit.plain }
}

/** Gives the model what was chosen: trained on all images where there is time for it. */
async function* finish(
  run: RecipeParts,
  features: ImageFeatures,
  plan: RecipePlan,
  { chosen, weights, lastEpoch }: Tried,
): Events<EpochEvent | undefined> {
  const { model, surroundings } = run
  surroundings.records(true)
  if (chosen.share === 0) return lastEpoch && !plan.refit ? lastEpoch : undefined
  if (weights) {
    setWeights(model, weights)
    return lastEpoch
  }
  const all = [...features.labels.keys()]
  yield { type: 'stage', stage: 'training', images: all.length }
  const copy = copyOf(model)
  const start = weightsOf(copy)
  const { epochs, imageSize } = plan
  const last = yield* tune(run, copy, all, features, {
    name: 'training',
    epochs,
    imageSize,
    seconds: secondsFor(run, 1),
  })
  setWeights(model, between(start, weightsOf(copy), chosen.share))
  return last
}

async function* evaluateModel({ model, options }: RecipeParts): Events<Evaluation | undefined> {
  const { validation } = options
  if (!validation) return undefined
  yield { type: 'stage', stage: 'evaluation', images: validation.samples.length }
  const { loss, accuracy, confusion, predictions } = await evaluate(model, validation, outputOptions(options))
  const examples = predictions.length
  yield {
    ...{ type: 'validationStep', epoch: 1, epochs: 1, step: 1, stepsPerEpoch: 1 },
    ...{ loss, accuracy, examples, predictions },
  }
  return { loss, accuracy, examples, confusion }
}

/** Returns the last epoch with the measures of the model; of a head alone, which has no epochs, the only one. */
function epochOf(
  last: EpochEvent | undefined,
  { fit }: FittedHead,
  { labels, skipped }: ImageFeatures,
  seconds: number,
  validation: Evaluation | undefined,
): EpochEvent {
  const ofHead: EpochEvent = {
    ...{ type: 'epoch', epoch: 1, epochs: 1, trainLoss: fit.loss, trainAccuracy: fit.accuracy },
    ...{ examplesPerSecond: labels.length / seconds, seconds, learningRates: {}, skipped },
  }
  return { ...(last ?? ofHead), ...(validation && { validation }) }
}
