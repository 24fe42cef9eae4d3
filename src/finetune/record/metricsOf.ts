import type { Task } from '../../model/task.js'
import { LabelCounts } from './LabelCounts.js'
import { Metrics } from './metrics.js'
import type { MetricSums, RunMetrics } from './RunMetrics.js'
import { ValueErrors } from './ValueErrors.js'

/** Makes the metrics of a task. @param start sums to continue from. Default: nothing */
export function metricsOf(task: Task, outputs: number, start?: MetricSums): RunMetrics {
  if (task === 'multiLabel') return new LabelCounts(outputs, start)
  return task === 'regression' ? new ValueErrors(outputs, start) : new Metrics(outputs, start)
}
