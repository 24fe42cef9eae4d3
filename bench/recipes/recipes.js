import {
  adamW,
  cosineSchedule,
  fineTune,
  fineTunePhases,
  freeze,
  linearWarmupSchedule,
  oneCycleSchedule,
  paramGroups,
  sgd,
} from '../../dist/index.js'

const EPOCHS = 5

/** "Fine-Tuning" in Dive into Deep Learning: SGD, the loss summed over 128 images. */
const lesson = (model, data) =>
  fineTune(model, {
    ...data,
    epochs: EPOCHS,
    batchSize: 128,
    lossReduction: 'sum',
    optimizer: sgd(paramGroups(model, { lr: 5e-5, headLrMultiplier: 10, weightDecay: 1e-3 })),
  })

/** What freezing.md says to start with. */
const byDefault = (model, data) =>
  fineTune(model, {
    ...data,
    epochs: EPOCHS,
    batchSize: 32,
    optimizer: adamW(paramGroups(model, { lr: 3e-4, headLrMultiplier: 10 })),
    schedule: ({ steps }) => oneCycleSchedule({ steps: Math.max(2, steps) }),
  })

/**
 * fastai's `fine_tune(5)` with its defaults: an epoch of the head at 2e-3, batch norm training; then all layers at half of
 * it, the first third of the network at a hundredth of that, the second at a tenth.
 */
function fastai(model, data) {
  const cycle =
    (options) =>
    ({ steps }) =>
      oneCycleSchedule({ steps: Math.max(2, steps), ...options })
  const group = (name, match, lr) => ({ name, match, lr, weightDecay: 0.01 })
  const groups = [
    group('early', { upTo: 'layer2' }, 1e-5),
    group('late', ['layer3', 'layer4'], 1e-4),
    group('head', 'fc', 1e-3),
  ]
  return fineTunePhases(model, {
    ...data,
    batchSize: 64,
    phases: [
      {
        freeze: /conv|downsample\.0/,
        epochs: 1,
        optimizer: (trained) => adamW(paramGroups(trained, { lr: 2e-3, weightDecay: 0.01 })),
        schedule: cycle({ warmupShare: 0.99 }),
      },
      {
        epochs: EPOCHS,
        optimizer: (trained) => adamW(paramGroups(trained, { groups })),
        schedule: cycle({ warmupShare: 0.3, divFactor: 5 }),
      },
    ],
  })
}

/** The head on features alone, its penalty chosen by cross-validation. */
const head = (model, data) => fineTune(model, { ...data, recipe: 'auto', epochs: 0 })

/** That head, then all layers at 1e-4, whatever comes of it. `ema`: the options of a moving average of the weights. */
async function lpFt(model, data, ema) {
  await head(model, data)
  freeze(model, /bn\d|downsample\.1/)
  await fineTune(model, {
    ...data,
    ema,
    epochs: EPOCHS,
    optimizer: adamW(paramGroups(model, { lr: 1e-4 })),
    schedule: ({ steps }) => linearWarmupSchedule({ steps: Math.ceil(steps / 10) }, cosineSchedule({ steps })),
  })
}

const auto = (model, { budget, ...data }) => fineTune(model, { ...data, recipe: 'auto', budget })

const timeless =
  (run) =>
  (model, { budget: _, ...data }) =>
    run(model, data)

/** The recipes by name. `keeps`: the old classifier of the network stays beside the head. */
export const recipes = {
  lesson: { run: timeless(lesson) },
  default: { run: timeless(byDefault) },
  fastai: { run: timeless(fastai) },
  head: { run: timeless(head), keeps: true },
  'lp-ft': { run: timeless(lpFt) },
  'lp-ft-ema': { run: timeless((model, data) => lpFt(model, data, {})) },
  auto: { run: auto, keeps: true },
}
