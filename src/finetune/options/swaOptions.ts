import * as z from 'zod'

/** The options of a run on the weights and statistics that it ends with. */
export interface EndOptions {
  /**
   * Stochastic weight averaging (arXiv 1803.05407), torch.optim.swa_utils: the equal average of the weights after each of
   * the last epochs, with the statistics of batch norm re-estimated for it. The last validation measures the average, and
   * the model has it at the end. Default: none.
   */
  readonly swa?: SwaOptions | undefined
  /**
   * The statistics of batch norm at the end: the running ones, or `'reestimated'`, the mean over the batches of one more
   * epoch, as torch's `update_bn` (that takes as long as an epoch). With `swa` they are re-estimated in any case.
   * @default 'running'
   */
  readonly batchNorm?: 'running' | 'reestimated' | undefined
}

export interface SwaOptions {
  /** The first epoch whose weights are in the average, from 1. Default: that after three quarters of them. */
  readonly from?: number | undefined
}

/** The schemas of `EndOptions`. */
export const endShape = {
  swa: z.strictObject({ from: z.int().min(1).optional() }).optional(),
  batchNorm: z.enum(['running', 'reestimated']).default('running'),
}

interface Ended {
  readonly swa?: { readonly from?: number | undefined } | undefined
  readonly batchNorm: 'running' | 'reestimated'
  readonly epochs: number
  readonly ema?: unknown
  readonly keep: 'last' | 'best'
  readonly patience?: number | undefined
  readonly budget?: number | undefined
  readonly cluster?: unknown
}

const OTHERS = ['ema', 'patience', 'budget', 'cluster'] as const

/** Adds the first reason why a run cannot end in that way: the last epoch must be known, and its weights be the run's. */
export function refuseEndOptions(run: Ended, context: z.core.$RefinementCtx): void {
  const option = run.swa ? 'swa' : run.batchNorm === 'reestimated' ? 'batchNorm' : undefined
  if (option === undefined) return
  const other = run.keep === 'best' ? 'keep' : OTHERS.find((name) => run[name] !== undefined)
  if (other) context.addIssue({ code: 'custom', path: [option], message: `left out, with ${other}` })
  else if ((run.swa?.from ?? 1) > run.epochs)
    context.addIssue({ code: 'custom', path: ['swa', 'from'], message: `at most ${run.epochs}, the number of epochs` })
}

/** Returns the first epoch whose weights are averaged, if any are. */
export const firstAveraged = ({ swa, epochs }: Pick<Ended, 'swa' | 'epochs'>): number | undefined =>
  swa && Math.min(swa.from ?? Math.floor(0.75 * epochs) + 1, epochs)
