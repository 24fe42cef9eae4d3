import { ManifestColumns } from '../manifest/ManifestColumns.js'
import type { FailAt } from '../manifest/ManifestRow.js'
import { NumberColumn } from '../samples/NumberColumn.js'
import type { SampleTable } from '../samples/SampleTable.js'
import type { ArchivedSample } from './samplesIn.js'

/** The place of an image. */
export interface ShardPlace {
  readonly shard: number
  readonly begin: number
  readonly end: number
}

const encoder = new TextEncoder()

/** The samples of shards in columns. */
export class ShardColumns {
  private readonly rows: ManifestColumns
  private readonly shards = NumberColumn.whole()
  private readonly begins = NumberColumn.whole()
  private readonly sizes = NumberColumn.whole()

  /** @param classes the only ones; digits are the index of one. Default: all that appear, digits by their value */
  constructor(
    private readonly classes: readonly string[] | undefined,
    fail: FailAt,
  ) {
    this.rows = new ManifestColumns(classes, fail)
  }

  get length(): number {
    return this.rows.length
  }

  add({ image, facts }: ArchivedSample, shard: number): void {
    const { label, labels } = facts
    const named = {
      label: label === undefined ? undefined : this.nameOf(label),
      labels: labels?.map((name) => this.nameOf(name)),
    }
    this.rows.add({ ...facts, ...named, source: encoder.encode(image.name) }, this.length)
    this.shards.push(shard)
    this.begins.push(image.begin)
    this.sizes.push(image.end - image.begin)
  }

  placeOf(index: number): ShardPlace {
    const begin = this.begins.at(index)
    return { shard: this.shards.at(index), begin, end: begin + this.sizes.at(index) }
  }

  /**
   * Returns the classes and the samples.
   *
   * @param names of the shards
   */
  finish(
    names: readonly string[],
    window: number,
    order: (a: string, b: string) => number,
  ): { readonly classes: readonly string[]; readonly table: SampleTable } {
    const { classes, table } = this.rows.finish((source) => source, digitsFirst(order))
    const of = (index: number) => this.shards.at(index)
    const sourceOf = (index: number) => `${names[of(index)]}/${table.sourceOf(index)}`
    return {
      classes: this.classes ?? classes,
      table: {
        ...table,
        sampleAt: (index) => ({ ...table.sampleAt(index), source: sourceOf(index) }),
        sourceOf,
        shards: { count: names.length, of, window },
      },
    }
  }

  private nameOf(label: string): string {
    if (!this.classes || this.classes.includes(label) || !isDigits(label)) return label
    return this.classes[Number(label)] ?? label
  }
}

const isDigits = (text: string): boolean => /^\d{1,15}$/.test(text)

/** Orders numbers by their value, before other names. */
const digitsFirst = (order: (a: string, b: string) => number) => (a: string, b: string) => {
  if (isDigits(a) !== isDigits(b)) return isDigits(a) ? -1 : 1
  return (isDigits(a) && Number(a) - Number(b)) || order(a, b)
}
