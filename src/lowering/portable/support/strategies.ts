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
   * A convolution's weight gradient: a convolution over X with dY as its kernel, in which the channels of X are one more
   * axis, or, for kernels of few taps, a matrix product for each tap.
   */
  readonly weightGradient: 'own axis' | 'products'
}

/** The forms that suit a processor. */
export const PROCESSOR: Strategies = {
  convolution: 'direct',
  inputGradient: 'flipped',
  weightGradient: 'own axis',
}

/** The batch for which a form is chosen if the graph is for any. */
export const ASSUMED_SAMPLES = 8
