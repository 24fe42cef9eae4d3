/** A class and its probability, from 0 to 1. */
export interface ClassScore {
  readonly label: string
  readonly score: number
}

/** The result for an image: `label` and `score` of the most probable class, and of the others. */
export interface Classification extends ClassScore {
  /** The classes, the most probable first: all of them, or the first `top`. */
  readonly scores: readonly ClassScore[]
  /**
   * Of a classifier of several labels an image: those whose probability reaches their threshold, the most probable
   * first; perhaps none. Undefined for other classifiers.
   */
  readonly labels?: readonly ClassScore[]
  /**
   * True if the image is likely of none of the classes, by the threshold of the classifier's calibration.
   * `label` and `scores` are those of the nearest classes nonetheless. Undefined without a calibration.
   */
  readonly isUnknown?: boolean
}
