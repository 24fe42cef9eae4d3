import { findLearningRate, type LearningRateCurve } from '../../index.js'
import { cliError } from '../errors.js'
import { imageOptions, openImages } from '../finetune/images.js'
import { refuseLoss } from '../finetune/loss.js'
import { headOptions, isFromScratch, networkOptions, openNetwork } from '../finetune/network.js'
import { objectiveOf, objectiveOptions } from '../finetune/objective.js'
import { optimizerOf, optimizerOptions, refuseMomentum } from '../finetune/optimizer.js'
import { loadingOf, machineOptions } from '../finetune/options.js'
import { augmentationOptions, trainingViews } from '../options/augmentation.js'
import { command } from '../options/Command.js'
import { type Options, real, section, type Values, whole } from '../options/options.js'
import { curve, short } from '../terminal/curve.js'

const { lr: _, ...updateOptions } = optimizerOptions

const searchOptions = section('Search', {
  'start-rate': real('learning rate (--lr) of the first step', { above: 0, default: 1e-7 }),
  'end-rate': real('that of the last step, unless the loss explodes before', { above: 0, default: 10 }),
  steps: whole('steps, each with a higher rate', { min: 2, default: 100 }),
  'batch-size': whole('images in a step', { min: 1, default: 32 }),
  ...updateOptions,
  ...headOptions,
  ...objectiveOptions,
} satisfies Options)

const options = {
  ...searchOptions,
  ...networkOptions,
  ...imageOptions,
  ...section('Augmentation', augmentationOptions),
  ...machineOptions,
}

export const lrFind = command({
  name: 'lr-find',
  summary: 'try learning rates on a folder of images, and suggest one for train --lr',
  positionals: [
    {
      placeholder: 'DIR',
      summary: 'images as for train',
      completion: 'file',
    },
  ],
  options,
  examples: [
    { line: 'lr-find photos', says: 'for AdamW, as train has it' },
    { line: 'lr-find photos --optimizer lion --layer-decay 0.75', says: 'for other updates' },
  ],
  async run({ args: [directory], options, out, signal }) {
    demandRange(options)
    refuseMomentum(options)
    refuseLoss(options)
    const { train, summary } = await openImages(directory!, options)
    if (!out.json) out.note(summary)
    const model = await openNetwork(options, train.classes, { out, signal, keeps: false })
    const optimizer = optimizerOf(model, { ...options, lr: 1 }, isFromScratch(options))
    // --lr is the rate of the backbone; that of another group may be a multiple.
    const ratio = Math.max(...optimizer.groups.map(({ lr }) => lr))
    const found = await findLearningRate(model, {
      ...{ train, optimizer, signal, steps: options.steps },
      ...{ startRate: options['start-rate'] * ratio, endRate: options['end-rate'] * ratio },
      ...{ batchSize: options['batch-size'], trainTransform: trainingViews(options, model.preprocessing) },
      ...objectiveOf(options),
      ...loadingOf(options),
      onStep: ({ step, steps, rate, loss }) =>
        out.status(`step ${step} of at most ${steps}: --lr ${short(rate / ratio)}, loss ${loss.toFixed(3)}`),
    })
    const scaled = dividedBy(found, ratio)
    out.result({ lr: scaled.valley, ...scaled }, () => linesOf(scaled, out.width))
    return 0
  },
})

function demandRange(options: Values<typeof searchOptions>): void {
  if (options['start-rate'] < options['end-rate']) return
  throw cliError('cli/bad-option', {
    option: '--end-rate',
    expected: `above --start-rate, ${options['start-rate']}`,
    received: options['end-rate'],
  })
}

function dividedBy({ rates, valley, steep, ...losses }: LearningRateCurve, ratio: number): LearningRateCurve {
  const scaled = (rate: number | undefined) => (rate === undefined ? undefined : rate / ratio)
  return { rates: rates.map((rate) => rate / ratio), ...losses, valley: scaled(valley), steep: scaled(steep) }
}

function linesOf({ rates, smoothed, valley, steep }: LearningRateCurve, width: number): string[] {
  const shown = withoutExplosion(smoothed)
  const drawn = rates.length > 0 ? ['smoothed loss over --lr', ...curve(rates, shown, { width, mark: valley })] : []
  if (valley === undefined || steep === undefined)
    return [
      ...drawn,
      `The loss exploded after ${rates.length} steps, too few to tell. Try a lower --start-rate, or more --steps`,
    ]
  return [...drawn, `suggested: --lr ${short(valley)}; the loss falls most steeply at ${short(steep)}`]
}

/** Cuts losses a little above the first one: what explodes would leave no rows for the descent. */
function withoutExplosion(losses: readonly number[]): readonly number[] {
  const [first = 0, lowest] = [losses[0], Math.min(...losses)]
  return first > lowest ? losses.map((loss) => Math.min(loss, first + (first - lowest) / 4)) : losses
}
