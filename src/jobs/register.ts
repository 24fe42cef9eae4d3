import type { JobKinds } from '../cluster/JobKind.js'
import { featuresJob } from './features/featuresJob.node.js'
import { predictJob } from './predict/predictJob.node.js'
import { trainJob } from './sweep/trainJob.node.js'
import { trainShardJob } from './trainShardJob.js'

/** The kinds of jobs that a worker knows. To add one, add a file and a line. */
export const jobKinds: JobKinds = {
  features: featuresJob,
  predict: predictJob,
  train: trainJob,
  trainShard: trainShardJob,
}
