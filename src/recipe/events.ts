import type { FineTuneEvent } from '../finetune/record/events.js'
import type { RecipeCandidate, RecipePlan } from './RecipeReport.js'

/** The events of a run with the automatic recipe: its own, and those of the runs that it is made of. */
export type AutomaticEvent = FineTuneEvent | PlanEvent | StageEvent | CandidateEvent

/** The plan, before anything is trained. */
export interface PlanEvent extends RecipePlan {
  readonly type: 'plan'
}

/** A stage begins. Steps and epochs after it belong to it. */
export interface StageEvent {
  readonly type: 'stage'
  /**
   * `data`: images are compared, to find copies. `features`: the network runs over all images, unchanged. `head`: heads
   * are fitted to these. `trial`: all layers are trained without a part of the images. `measurement`: the outcome runs
   * over that part. `training`: all layers are trained, on all images. `evaluation`: the model runs over the validation
   * images.
   */
  readonly stage: 'data' | 'features' | 'head' | 'trial' | 'measurement' | 'training' | 'evaluation'
  /** The number of the trial, from 1, and the number of all. */
  readonly trial?: number
  readonly trials?: number
  readonly images: number
}

/** Something that was tried was measured on training images that it was not trained on. */
export interface CandidateEvent extends RecipeCandidate {
  readonly type: 'candidate'
}
