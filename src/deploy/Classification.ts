/** A class and how probable it is, from 0 to 1. */
export interface ClassScore {
  readonly label: string
  readonly score: number
}

/** The result for an image: `label` and `score` of the most probable class, and of the others. */
export interface Classification extends ClassScore {
  /** The classes, the most probable first: all of them, or as many as `top` says. */
  readonly scores: readonly ClassScore[]
}
