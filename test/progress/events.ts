import type { EpochEvent, FineTuneEvent, StepEvent, ValidationStepEvent } from '../../src/finetune/record/events.js'

export const stepEvent = (facts: Partial<StepEvent> = {}): StepEvent => ({
  type: 'step',
  epoch: 1,
  epochs: 5,
  step: 1,
  stepsPerEpoch: 16,
  loss: 0.461,
  accuracy: 0.75,
  examples: 32,
  examplesPerSecond: 25.9,
  learningRates: { backbone: 1e-4, head: 1e-3 },
  ...facts,
})

export const validationEvent = (facts: Partial<ValidationStepEvent> = {}): ValidationStepEvent => ({
  type: 'validationStep',
  epoch: 1,
  epochs: 5,
  step: 1,
  stepsPerEpoch: 10,
  loss: 0.4,
  accuracy: 0.9,
  examples: 32,
  predictions: [{ index: 0, source: 'a.png', label: 0, predicted: 1, score: 0.75, labelScore: 0.25 }],
  ...facts,
})

export const epochEvent = (facts: Partial<EpochEvent> = {}): EpochEvent => ({
  type: 'epoch',
  epoch: 1,
  epochs: 5,
  trainLoss: 0.4612,
  trainAccuracy: 0.8031,
  validation: {
    loss: 0.35,
    accuracy: 0.8562,
    examples: 40,
    confusion: [
      [20, 0],
      [4, 16],
    ],
  },
  examplesPerSecond: 25.94,
  seconds: 20,
  learningRates: { backbone: 1e-4, head: 1e-3 },
  skipped: [],
  ...facts,
})

/** A run of two epochs: four steps, two batches of validation each. */
export async function* events(): AsyncGenerator<FineTuneEvent> {
  const of = { epochs: 2, stepsPerEpoch: 4 }
  for (const epoch of [1, 2]) {
    for (const step of [1, 2, 3, 4]) yield stepEvent({ ...of, epoch, step, loss: 1 / (epoch * 4 + step) })
    for (const step of [1, 2]) yield validationEvent({ ...of, epoch, step, stepsPerEpoch: 2 })
    yield epochEvent({ epoch, epochs: 2 })
  }
  yield { type: 'done', result }
}

export const result = { epochs: [], examplesPerSecond: 25.9, seconds: 40 }
