import type { CheckpointState } from '../contract/CheckpointState.js'

/** The four parts of the official training artifacts: models as the bytes of their files, the checkpoint as data. */
export interface TrainingArtifacts {
  readonly trainingModel: Uint8Array
  readonly evalModel: Uint8Array
  readonly optimizerModel: Uint8Array
  readonly checkpoint: CheckpointState
}
