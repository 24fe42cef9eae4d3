import { cliError } from '../errors.js'
import { choice, type Options, real, type Values, whole } from '../options/options.js'

/** The options of losses that compare images, and of the batches that they need. */
export const lossOptions = {
  loss: choice(
    ['cross-entropy', 'contrastive', 'triplet'],
    'contrastive and triplet bring the embeddings of a class near each other, beside cross-entropy',
    { default: 'cross-entropy' },
  ),
  'loss-weight': real('share of that in the loss; cross-entropy has the rest', {
    above: 0,
    most: 0.99,
    otherwise: '0.5',
  }),
  temperature: real('what contrastive divides the cosines of embeddings by', { above: 0, otherwise: '0.1' }),
  margin: real('how much nearer triplet wants an image to those of its class than to others', {
    above: 0,
    most: 2,
    otherwise: '0.2',
  }),
  mining: choice(
    ['batch-hard', 'batch-all'],
    'batch-hard: triplet compares an image with the furthest of its class and the nearest other; batch-all: with all',
    { otherwise: 'batch-hard' },
  ),
  'images-per-class': whole('draw batches with so many images of each of their classes', {
    min: 2,
    otherwise: 'each image once in an epoch; the fewest from 2 up for contrastive and triplet',
  }),
} satisfies Options

export type LossChoice = Values<typeof lossOptions>

/** Returns the loss that compares images, if one is chosen. */
export function comparingLossOf({ loss, temperature, margin, mining, 'loss-weight': weight }: LossChoice) {
  if (loss === 'contrastive') return { type: 'supervisedContrastive' as const, temperature, weight }
  if (loss !== 'triplet') return undefined
  return { type: 'triplet' as const, margin, mining: mining && MININGS[mining], weight }
}

const MININGS = { 'batch-hard': 'batchHard', 'batch-all': 'batchAll' } as const

/** The losses that each option is for. */
const OF = {
  'loss-weight': ['contrastive', 'triplet'],
  temperature: ['contrastive'],
  margin: ['triplet'],
  mining: ['triplet'],
  'label-smoothing': ['cross-entropy'],
} as const

type Given = LossChoice & { readonly 'label-smoothing': number | undefined; readonly balanced: boolean | undefined }

/** Refuses options of another loss, and a second way to draw images. @throws FineTuneError 'cli/bad-option' */
export function refuseLoss(options: Given): void {
  for (const [name, losses] of Object.entries(OF) as [keyof typeof OF, readonly string[]][])
    if (options[name] !== undefined && !losses.includes(options.loss))
      throw cliError('cli/bad-option', {
        option: `--${name}`,
        expected: `left out, or with --loss ${losses.join(' or ')}`,
        received: options[name],
      })
  if (options.balanced && options['images-per-class'] !== undefined)
    throw cliError('cli/bad-option', {
      option: '--balanced',
      expected: 'left out with --images-per-class',
      received: true,
    })
}
