import type { RunState } from '../../../src/finetune/checkpoint/RunState.js'
import type { Tensor } from '../../../src/onnx/graph/tensor.js'

const tensor = (length: number, value: number): Tensor => ({
  type: 'float32',
  dims: [length],
  data: new Float32Array(length).fill(value),
})

/** A small run after so many updates. */
export const stateAfter = (updates: number, weights = { 'fc.weight': tensor(10, updates) }): RunState => ({
  identity: { seed: 1 },
  machine: { threads: 1 },
  position: {
    ...{
      epoch: 1,
      batches: updates,
      step: updates,
      updates,
      epochSeconds: 1,
      examples: 0,
      trainSeconds: 0,
      seconds: 1,
    },
    metrics: { loss: 1, hits: 0, examples: 1, confusion: [[1]] },
    ...{ undone: 0, rateFactor: 1 },
    learningRates: { head: 0.1 },
    epochs: [],
    skipped: { train: [], validation: [] },
  },
  history: { startedAt: 0, seconds: 1, steps: [], epochs: [], predictions: [], warnings: [] },
  weights,
  optimizer: [
    {
      name: 'head',
      step: updates,
      learningRate: 0.1,
      states: new Map([['fc.weight', new Map([['momentum0', tensor(10, -updates)]])]]),
    },
  ],
})
