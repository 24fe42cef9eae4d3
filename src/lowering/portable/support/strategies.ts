/** The forms of lowerings that depend on the target, as data: chosen by measuring each form there. */
export interface Strategies {
  /** The algorithm of 3x3 convolutions at stride 1, and of their gradients, where its products are the cheaper ones. */
  readonly convolution: 'direct' | 'winograd'
  /**
   * A convolution's input gradient at stride 1: a convolution with the flipped kernel, or that only where the maps are
   * large enough to be worth the flip, and elsewhere ConvTranspose.
   */
  readonly inputGradient: 'flipped' | 'flipped for large maps'
  /**
   * A convolution's weight gradient: a convolution over X with dY as its kernel, in which the channels of X have an axis
   * of their own, or are rows of the image, which keeps the number of axes (with a product for each image where the
   * kernel is too small to fill a GPU); or, for kernels of few taps, a matrix product for each tap.
   */
  readonly weightGradient: 'own axis' | 'rows' | 'products'
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
  convolution: 'direct',
  inputGradient: 'flipped',
  weightGradient: 'own axis',
  mask: 'hardSigmoid',
  sums: 'at once',
  mostTaps: 49,
  wholeNumbers: 'int64',
  lowest: Number.NEGATIVE_INFINITY,
}

/** The batch for which a form is chosen if the graph is for any. */
export const ASSUMED_SAMPLES = 8
