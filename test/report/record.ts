import type { Prediction } from '../../src/finetune/record/events.js'
import type { EpochRecord, RunRecord, StepRecord } from '../../src/finetune/record/RunRecord.js'
import { seededRandom } from '../../src/random.js'

/** 2026-01-02 03:04:05 UTC */
export const START = Date.UTC(2026, 0, 2, 3, 4, 5)

interface Facts {
  readonly classes?: readonly string[]
  readonly epochs?: number
  readonly stepsPerEpoch?: number
  readonly validation?: boolean
  /** Validation images of each class. */
  readonly perClass?: number
}

/** The record of a made-up run whose loss falls; a second for each step. */
export function recordOf(facts: Facts = {}, changes: Partial<RunRecord> = {}): RunRecord {
  const { classes = ['hotdog', 'not-hotdog'], epochs = 3, stepsPerEpoch = 4, validation = true, perClass = 10 } = facts
  const steps = Array.from({ length: epochs * stepsPerEpoch }, (_, i) => stepOf(i, stepsPerEpoch))
  const predictions = validation ? predictionsOf(classes.length, perClass) : []
  const confusion = confusionOf(classes.length, predictions)
  const hits = predictions.filter(({ label, predicted }) => label === predicted).length
  const evaluation = { loss: 0.5, accuracy: hits / predictions.length, examples: predictions.length, confusion }
  const ofEpoch = (i: number): EpochRecord => ({
    epoch: i + 1,
    trainLoss: 1 / (i + 1),
    trainAccuracy: 1 - 0.5 / (i + 1),
    ...(validation && { validation: { ...evaluation, loss: 0.9 / (i + 1) } }),
    examplesPerSecond: 25.5,
    seconds: stepsPerEpoch + 0.5,
    learningRates: rates(i),
    skipped: [],
    time: START + (i + 1) * stepsPerEpoch * 1000 + 500,
    steps: (i + 1) * stepsPerEpoch,
  })
  return {
    status: 'done',
    startedAt: START,
    seconds: epochs * (stepsPerEpoch + 0.5),
    model: {
      architecture: 'resnet18',
      classes,
      inputSize: { height: 224, width: 224 },
      parameters: 11_177_538,
      trainable: 1026,
    },
    train: {
      samples: classes.length * 50,
      perClass: classes.map((_, i) => 40 + (i % 20)),
      directory: '/images/train',
    },
    ...(validation && { validation: { samples: predictions.length, perClass: classes.map(() => perClass) } }),
    settings: {
      epochs,
      batchSize: 32,
      lossReduction: 'mean',
      accumulate: 1,
      seed: 7,
      schedule: false,
      optimizer: 'sgd',
      groups: [
        { name: 'backbone', params: ['conv1.weight'], lr: 1e-4, weightDecay: 1e-3, size: 9408 },
        { name: 'head', params: ['fc.weight', 'fc.bias'], lr: 1e-3, weightDecay: 1e-3, size: 1026 },
      ],
      trainTransform: [{ name: 'randomResizedCrop', options: { size: 224, scale: [0.08, 1] } }, { name: 'toTensor' }],
      ...(validation && { validationTransform: [{ name: 'centerCrop', options: { size: 224 } }] }),
      decoder: 'auto',
      autoOrient: true,
      onError: 'throw',
    },
    steps,
    epochs: Array.from({ length: epochs }, (_, i) => ofEpoch(i)),
    predictions,
    ...changes,
  }
}

const rates = (i: number) => ({ backbone: 1e-4 / (i + 1), head: 1e-3 / (i + 1) })

function stepOf(i: number, stepsPerEpoch: number): StepRecord {
  const source = seededRandom('step', i)
  return {
    epoch: Math.floor(i / stepsPerEpoch) + 1,
    step: (i % stepsPerEpoch) + 1,
    loss: 2 / (1 + i / stepsPerEpoch) + source.next() / 4,
    accuracy: 1 - 0.5 / (1 + i / stepsPerEpoch),
    examples: 32,
    examplesPerSecond: 25.5,
    learningRates: rates(Math.floor(i / stepsPerEpoch)),
    time: START + (i + 1) * 1000,
  }
}

/** Two of ten images are taken for a neighbouring class. */
function predictionsOf(classes: number, perClass: number): Prediction[] {
  return Array.from({ length: classes * perClass }, (_, index) => {
    const label = Math.floor(index / perClass)
    const predicted = index % 10 < 8 ? label : (label + 1 + (index % 3)) % classes
    const score = 0.5 + seededRandom('score', index).next() / 2
    const labelScore = label === predicted ? score : 1 - score
    return { index, source: `/images/test/${index}.jpg`, label, predicted, score, labelScore }
  })
}

function confusionOf(classes: number, predictions: readonly Prediction[]): number[][] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (const { label, predicted } of predictions) confusion[label]![predicted]!++
  return confusion
}
