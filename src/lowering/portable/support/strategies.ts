/** The forms of lowerings that depend on the target, as data. */
export interface Strategies {
  /**
   * The axis that the channels of X take in the convolution that is a weight gradient: one of their own, in a
   * convolution with one axis more, or the rows of the image, which keeps the number of axes.
   */
  readonly weightGradient: 'own axis' | 'rows'
  /** The factor of a ReLU's gradient: a steep HardSigmoid, or a comparison that selects. */
  readonly mask: 'hardSigmoid' | 'comparison'
  /** Sums over several axes: in one operator, or the last axes first and then the others. */
  readonly sums: 'at once' | 'last axes first'
  /** The most taps of a window of max pooling: beyond that its gradient is scattered, not compared tap by tap. */
  readonly mostTaps: number
  /** The type of the whole numbers that are computed with: labels, indices. */
  readonly wholeNumbers: 'int64' | 'int32'
  /** The filling before a comparison of maxima: -Infinity, or the lowest number for devices that may assume finite ones. */
  readonly lowest: number
}

/** The forms that suit a processor. */
export const PROCESSOR: Strategies = {
  weightGradient: 'own axis',
  mask: 'hardSigmoid',
  sums: 'at once',
  mostTaps: 49,
  wholeNumbers: 'int64',
  lowest: Number.NEGATIVE_INFINITY,
}
