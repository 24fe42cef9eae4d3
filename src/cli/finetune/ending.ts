import { cliError } from '../errors.js'
import { choice, flag, type Options, real, type Values, whole } from '../options/options.js'

/** The options of when a run ends, and with which weights and statistics. */
export const endingOptions = {
  ema: real('keep a moving average of the weights, of which each step keeps this share', {
    below: 1,
    otherwise: 'the weights of the last step; 0.999 is usual',
  }),
  swa: flag('end with the average of the weights after each of the last epochs; best with --schedule constant', {}),
  'swa-from': whole('the first epoch in that average', { min: 1, otherwise: 'that after three quarters of them' }),
  'batch-norm': choice(
    ['train', 'frozen', 'reestimated'],
    'frozen: batch norm keeps the statistics that it has, for small batches; reestimated: it ends with the mean over one more epoch, as with --swa',
    { default: 'train' },
  ),
  keep: choice(['last', 'best'], 'weights of the last epoch, or of the best one by validation', { default: 'last' }),
  metric: choice(
    ['accuracy', 'recall', 'loss'],
    'what tells the best epoch; recall@1 of a --loss that compares images',
    {
      otherwise: 'accuracy, or recall with such a loss',
    },
  ),
  patience: whole('end after so many epochs that were no better than the best', { min: 1, otherwise: 'never' }),
} satisfies Options

type Ending = Values<typeof endingOptions>

/** The options of the length of a run. */
interface Length {
  readonly epochs: number
  readonly 'freeze-epochs': number | undefined
  readonly budget: string | undefined
}

/** Returns the options of `fineTune` for the end of a run. */
export const endingOf = ({ ema, swa, keep, metric, patience, ...more }: Ending) => ({
  ema: ema === undefined ? undefined : { decay: ema },
  swa: swa ? { from: more['swa-from'] } : undefined,
  batchNorm: more['batch-norm'] === 'reestimated' ? ('reestimated' as const) : undefined,
  keep,
  metric,
  patience,
})

/**
 * Refuses ends that exclude one another: an average of epochs, and statistics computed at the end, need the last epoch to
 * be known, and its weights to be those of the run.
 *
 * @throws FineTuneError 'cli/bad-option'
 */
export function refuseEnding(options: Ending & Length): void {
  const { swa, keep, epochs, 'freeze-epochs': frozen = 0 } = options
  const from = options['swa-from']
  if (from !== undefined && !swa) throw refused('--swa-from', 'with --swa, whose first epoch it is', from)
  const option = swa ? '--swa' : options['batch-norm'] === 'reestimated' ? '--batch-norm' : undefined
  if (option === undefined) return
  const other =
    keep === 'best' ? keep : (['ema', 'patience', 'budget'] as const).find((name) => options[name] !== undefined)
  const received = swa ?? options['batch-norm']
  if (other) throw refused(option, `left out with --${other === 'best' ? 'keep best' : other}`, received)
  const [first, last] = [frozen + 1, frozen + epochs]
  if (from !== undefined && (from < first || from > last))
    throw refused('--swa-from', `from ${first} to ${last}, the epochs of all layers`, from)
}

const refused = (option: string, expected: string, received: unknown) =>
  cliError('cli/bad-option', { option, expected, received })
