import { checkArgument, isWhole, kinds } from '../../arguments.js'

/** The lower and the upper end of an interval. */
export type Interval = readonly [low: number, high: number]

/** The 0.975 quantile of the normal distribution: 95 % lie within this many standard deviations. */
const Z = 1.959963984540054

/**
 * Computes the 95 % confidence interval of a share (Wilson's score interval): if `hits` of `count` images are classified
 * correctly, the accuracy on all images of their kind is likely inside it. scipy:
 * `binomtest(hits, count).proportion_ci(method='wilson')`. Of no images it is NaN.
 *
 * @throws FineTuneError 'options/invalid'
 */
export function wilsonInterval(hits: number, count: number): Interval {
  checkArgument('wilsonInterval: count', count, kinds.count)
  checkArgument('wilsonInterval: hits', hits, {
    expected: `a whole number from 0 to ${count}`,
    is: (value) => isWhole(value) && value <= count,
  })
  const share = hits / count
  const squares = Z ** 2 / count
  const centre = (share + squares / 2) / (1 + squares)
  const half = (Math.sqrt((share * (1 - share)) / count + squares / (4 * count)) * Z) / (1 + squares)
  return [hits === 0 ? 0 / count : centre - half, hits === count ? count / count : centre + half]
}
