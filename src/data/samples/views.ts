import type { ImageSample } from './ImageSample.js'
import { placesIn } from './placesIn.js'
import type { SampleTable, Shards } from './SampleTable.js'

interface View extends SampleTable {
  readonly base: SampleTable
  readonly indices: ArrayLike<number>
}

const isView = (table: SampleTable): table is View => 'base' in table

/** Returns the table of some samples of another, in the given order. */
export function viewOf(table: SampleTable, indices: ArrayLike<number>): SampleTable {
  // A view of a view would ask through all of them.
  if (isView(table))
    return viewOf(
      table.base,
      Uint32Array.from(indices, (index) => table.indices[index]!),
    )
  const { labelsOf, weightOf, groupOf, shards } = table
  const view: View = {
    base: table,
    indices,
    length: indices.length,
    sampleAt: (index) => table.sampleAt(indices[index]!),
    sourceOf: (index) => table.sourceOf(indices[index]!),
    labelOf: (index) => table.labelOf(indices[index]!),
    labelsOf: labelsOf && ((index) => labelsOf(indices[index]!)),
    weightOf: weightOf && ((index) => weightOf(indices[index]!)),
    groupOf: groupOf && ((index) => groupOf(indices[index]!)),
    shards: shards && { ...shards, of: (index) => shards.of(indices[index]!) },
  }
  return view
}

/** A table among several, and the label that a label of it is in all of them. */
export interface TablePart {
  readonly table: SampleTable
  labelOf(label: number): number
}

/** Returns the table of the samples of several, one after another. They have a weight or a group if all have one. */
export function joinTables(parts: readonly TablePart[]): SampleTable {
  const { length, placeOf } = placesIn(parts.map(({ table }) => table.length))
  const every = (key: 'weightOf' | 'groupOf') => parts.every(({ table }) => table[key])
  const asking =
    <T>(answer: (part: TablePart, index: number) => T) =>
    (at: number): T => {
      const { part, index } = placeOf(at)
      return answer(parts[part]!, index)
    }
  return {
    length,
    sampleAt: asking(({ table, labelOf }, index) => relabelled(table.sampleAt(index), labelOf)),
    sourceOf: asking(({ table }, index) => table.sourceOf(index)),
    labelOf: asking(({ table, labelOf }, index) => labelOf(table.labelOf(index))),
    labelsOf: parts.some(({ table }) => table.labelsOf) ? asking(labelsOf) : undefined,
    weightOf: every('weightOf') ? asking(({ table }, index) => table.weightOf!(index)) : undefined,
    groupOf: every('groupOf') ? asking(({ table }, index) => table.groupOf!(index)) : undefined,
    shards: joinShards(parts.map(({ table }) => table)),
  }
}

const labelsOf = ({ table, labelOf }: TablePart, index: number): readonly number[] =>
  (table.labelsOf?.(index) ?? [table.labelOf(index)]).map(labelOf)

/** Returns a sample with the labels that its classes have elsewhere. */
export const relabelled = (sample: ImageSample, labelOf: (label: number) => number): ImageSample => ({
  ...sample,
  label: sample.values ? sample.label : labelOf(sample.label),
  ...(sample.labels && { labels: sample.labels.map(labelOf) }),
})

/** Joins the shards of tables. A table without shards counts as one. */
function joinShards(tables: readonly SampleTable[]): Shards | undefined {
  const windows = tables.flatMap(({ shards }) => shards?.window ?? [])
  if (windows.length === 0) return undefined
  const { placeOf } = placesIn(tables.map(({ length }) => length))
  const before = placesIn(tables.map(({ shards }) => shards?.count ?? 1))
  return {
    count: before.length,
    window: Math.min(...windows),
    of(at) {
      const { part, index } = placeOf(at)
      return before.starts[part]! + (tables[part]!.shards?.of(index) ?? 0)
    },
  }
}
