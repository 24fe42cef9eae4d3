import { calibrateModel, exportClassifier, type FineTuneEvent, type FineTuneRun, type Prediction } from 'onnx-finetune'
import type { EpochPoint, ImageEntry, JudgedImage } from '../state/types.js'
import { writeValue } from '../storage/database.js'
import type { TrainOutcome, TrainRequest } from './calls.js'
import { forgetClassifier } from './classify.js'
import { datasetOf } from './datasets.js'
import type { Context } from './engine.worker.js'
import { loadNetwork } from './networks.js'
import { prepareRun } from './recipe.js'

/** Trains a network and stores its classifier. */
export async function train(request: TrainRequest, context: Context): Promise<TrainOutcome> {
  const { report } = context
  report({ type: 'prepare' })
  const begin = performance.now()
  const backbone = await loadNetwork(request.network, context)
  const { classes, entries } = request
  const validation = entries.filter(({ split }) => split === 'validation')
  const rest = entries.filter(({ split }) => split !== 'validation')
  const { model, run } = prepareRun(backbone, {
    ...request,
    train: datasetOf(classes, rest),
    ...(validation.length > 0 && { validation: datasetOf(classes, validation) }),
    signal: context.signal,
  })
  const outcome = await follow(run, context)
  report({ type: 'prepare' })
  const calibration = validation.length > 0 ? await calibrateModel(model, datasetOf(classes, validation)) : undefined
  await writeValue('classifier', await exportClassifier(model, undefined, { calibration }))
  await forgetClassifier()
  const judged = judge(outcome.predictions, request, validation)
  const { epochs, accuracy, stopped, provider } = outcome
  const seconds = (performance.now() - begin) / 1000
  return {
    epochs,
    judged,
    seconds,
    stopped,
    ...(accuracy !== undefined && { accuracy }),
    ...(provider !== undefined && { provider }),
  }
}

interface Followed {
  readonly epochs: readonly EpochPoint[]
  readonly predictions: readonly Prediction[]
  readonly accuracy: number | undefined
  readonly stopped: boolean
  readonly provider: string | undefined
}

/** Follows a run to its end, or until it is stopped after at least one epoch. */
async function follow(run: FineTuneRun, { report, signal }: Context): Promise<Followed> {
  const epochs: EpochPoint[] = []
  const predictions: Prediction[][] = [[]]
  let best = 0
  let provider: string | undefined
  try {
    for await (const event of run) {
      if (event.type === 'runtime') provider = event.provider
      if (event.type === 'validationStep') predictions.at(-1)!.push(...event.predictions)
      if (event.type === 'done') best = (event.result.bestEpoch ?? epochs.length) - 1
      if (event.type === 'epoch') {
        epochs.push(pointOf(event))
        predictions.push([])
        report({ type: 'epoch', point: epochs.at(-1)! })
      }
      reportShare(event, report)
    }
  } catch (error) {
    if (!signal.aborted || epochs.length === 0) throw error
    best = epochs.length - 1
  }
  const { validationAccuracy } = epochs[best]!
  return { epochs, predictions: predictions[best]!, accuracy: validationAccuracy, stopped: signal.aborted, provider }
}

function reportShare(event: FineTuneEvent, report: Context['report']): void {
  if (event.type !== 'featureStep' && event.type !== 'step') return
  const share = event.step / event.stepsPerEpoch
  if (event.type === 'featureStep') report({ type: 'features', share })
  else report({ type: 'training', share: (event.epoch - 1 + share) / event.epochs })
}

const pointOf = ({ trainLoss, trainAccuracy, validation }: FineTuneEvent & { type: 'epoch' }): EpochPoint => ({
  trainLoss,
  trainAccuracy,
  ...(validation && { validationLoss: validation.loss, validationAccuracy: validation.accuracy }),
})

const judge = (
  predictions: readonly Prediction[],
  { classes }: TrainRequest,
  entries: readonly ImageEntry[],
): JudgedImage[] =>
  predictions.map(({ index, label, predicted, score }) => ({
    id: entries[index]!.id,
    classId: classes[label]!.id,
    predictedId: classes[predicted]!.id,
    score,
  }))
