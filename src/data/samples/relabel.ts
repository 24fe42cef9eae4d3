import type { ImageSample } from './ImageSample.js'
import { isLazy, lazySamples, tableOf } from './lazySamples.js'
import { joinTables, relabelled } from './views.js'

/** Returns samples with the labels that their classes have elsewhere. */
export function relabel(samples: readonly ImageSample[], labelOf: (label: number) => number): readonly ImageSample[] {
  if (!isLazy(samples)) return samples.map((sample) => relabelled(sample, labelOf))
  const table = tableOf(samples)
  return lazySamples({ ...joinTables([{ table, labelOf }]), shards: table.shards })
}
