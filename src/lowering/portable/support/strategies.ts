/** The choices of the portable lowerings for a target, made by measuring each form there. */
export interface Strategies {
  /** The algorithm of 3x3 convolutions at stride 1, and of their gradients, where its products are the cheaper ones. */
  readonly convolution: 'direct' | 'winograd'
  /**
   * The form of a convolution's input gradient at stride 1: a convolution with the flipped kernel, or that only where the
   * maps are large enough to be worth the flip, and elsewhere ConvTranspose.
   */
  readonly inputGradient: 'flipped' | 'flippedForLargeMaps'
  /**
   * The form of a convolution's weight gradient: a convolution over the input with dY as its kernel, or, for kernels of
   * few taps, a matrix product for each tap.
   */
  readonly weightGradient: 'convolution' | 'products'
}

/** The batch for which a form is chosen if the graph is for any. */
export const ASSUMED_SAMPLES = 8
