import type { RunState } from '../../src/finetune/checkpoint/RunState.js'
import { float32 } from '../../src/onnx/graph/tensor.js'

/** A state of a run of two steps, of nothing but its form. */
export function stateOf(changes: Partial<RunState> = {}): RunState {
  const metrics = {
    loss: 1.5,
    hits: 3,
    examples: 8,
    confusion: [
      [2, 1],
      [4, 1],
    ],
  }
  const skipped = [{ index: 1, source: 'a.png', error: { message: 'damaged' } }]
  const rates = { head: 0.1 }
  const epoch = {
    epoch: 1,
    trainLoss: 1,
    trainAccuracy: 0.5,
    examplesPerSecond: 9,
    seconds: 1,
    learningRates: rates,
    skipped,
  }
  return {
    identity: { epochs: 2, classes: ['a', 'b'] },
    machine: { machine: 'x64', threads: 2 },
    position: {
      ...{ epoch: 2, batches: 1, step: 1, updates: 3, metrics, epochSeconds: 1.5, learningRates: rates },
      ...{ undone: 0, rateFactor: 1 },
      ...{ epochs: [epoch], skipped: { train: skipped, validation: [] }, examples: 24, trainSeconds: 3, seconds: 4 },
    },
    history: {
      startedAt: 1,
      seconds: 4,
      steps: [],
      epochs: [{ ...epoch, time: 5, steps: 2 }],
      predictions: [],
      warnings: [],
    },
    weights: { 'fc.weight': float32([1, 2, 3, 4], [2, 2]), 'fc.bias': float32([1, 2], [2]) },
    optimizer: [
      {
        name: 'head',
        step: 3,
        learningRate: 0.1,
        states: new Map([['fc.bias', new Map([['momentum', float32([1, 2], [2])]])]]),
      },
    ],
    ...changes,
  } as RunState
}
