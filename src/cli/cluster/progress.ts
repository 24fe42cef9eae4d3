import type { ShardProgress } from '../../cluster.node.js'
import { count, plural } from '../terminal/format.js'

/** Formats the progress of a job of many shards as one line. */
export function statusOf({ shards, done, failed, imagesPerSecond, secondsLeft }: ShardProgress): string {
  const left = secondsLeft === undefined ? '' : `, ${imagesPerSecond.toFixed(1)} images/s, ${timeOf(secondsLeft)} left`
  return `${count(done)} of ${plural(shards, 'shard')}${failed > 0 ? `, ${failed} failed` : ''}${left}`
}

export function timeOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
