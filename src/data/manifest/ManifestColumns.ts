import { isText } from '../../arguments.js'
import { NumberColumn } from '../samples/NumberColumn.js'
import type { SampleTable } from '../samples/SampleTable.js'
import { StringColumn } from '../samples/StringColumn.js'
import { LabelColumn } from './LabelColumn.js'
import type { FailAt, ManifestRow } from './ManifestRow.js'
import { Names } from './Names.js'

/** The rows of a manifest in columns. */
export class ManifestColumns {
  private readonly sources = new StringColumn()
  private readonly labels: LabelColumn
  private readonly numbers = NumberColumn.doubles()
  private weights: NumberColumn | undefined
  private groups: { readonly names: Names; readonly numbers: NumberColumn } | undefined

  /**
   * @param classes the only classes that may appear. Default: any
   * @param values the names of the numbers to predict, in the place of classes
   */
  constructor(
    classes: readonly string[] | undefined,
    private readonly fail: FailAt,
    private readonly values: readonly string[] = [],
  ) {
    this.labels = new LabelColumn(classes)
  }

  get length(): number {
    return this.sources.length
  }

  add(row: ManifestRow, line: number): void {
    if (row.source.length === 0) this.fail(line, 'source must be a text that is not empty')
    if (row.values) this.addValues(row.values, line)
    else this.addLabels(row, line)
    this.addWeight(row.weight, line)
    this.addGroup(row.group, line)
    this.sources.push(row.source)
  }

  private addValues(values: readonly number[], line: number): void {
    const place = values.findIndex((value) => !Number.isFinite(value))
    if (place >= 0) this.fail(line, `${this.values[place]} must be a number`)
    for (const value of values) this.numbers.push(value)
  }

  private addLabels({ source, label, labels }: ManifestRow, line: number): void {
    if (label !== undefined && labels !== undefined) this.fail(line, 'it has both label and labels')
    if (labels === undefined && !isText(label)) this.fail(line, 'label must be a text that is not empty')
    if (labels?.includes('')) this.fail(line, 'labels has an empty one')
    const unknown = labels ? this.labels.addSeveral(labels) : this.labels.add(label!)
    if (unknown === undefined) return
    const name = new TextDecoder().decode(source)
    this.fail(line, `the class ${unknown} of ${name} is none of ${this.labels.names.join(', ')}`)
  }

  private addWeight(weight: number | undefined, line: number): void {
    if (weight === undefined && !this.weights) return
    if (weight !== undefined && !(weight >= 0 && Number.isFinite(weight)))
      this.fail(line, 'weight must be a number from 0 up')
    if (!this.weights) {
      this.weights = NumberColumn.floats()
      for (let row = 0; row < this.length; row++) this.weights.push(1)
    }
    this.weights.push(weight ?? 1)
  }

  private addGroup(group: string | undefined, line: number): void {
    if (group !== undefined && this.length === 0) this.groups = { names: new Names(), numbers: NumberColumn.whole() }
    if ((group !== undefined) !== (this.groups !== undefined) || group === '')
      this.fail(line, 'group must be a text that is not empty, in every row or in none')
    this.groups?.numbers.push(this.groups.names.add(group!))
  }

  /**
   * Returns the classes and the samples.
   *
   * @param sourceOf the path or URL that a source stands for
   * @param order of classes, if they were not given
   */
  finish(
    sourceOf: (source: string) => string,
    order: (a: string, b: string) => number,
  ): { readonly classes: readonly string[]; readonly table: SampleTable } {
    const { sources, labels, weights, groups } = this
    labels.sort(order)
    const several = this.values.length
    const valuesOf = (index: number) => Array.from({ length: several }, (_, i) => this.numbers.at(index * several + i))
    const labelOf = (index: number) => (several > 0 ? 0 : labels.at(index))
    const sourceAt = (index: number) => sourceOf(sources.at(index))
    const names = groups?.names.all
    const groupOf = groups && ((index: number) => names![groups.numbers.at(index)]!)
    const table: SampleTable = {
      length: sources.length,
      sampleAt: (index) => ({
        source: sourceAt(index),
        label: labelOf(index),
        ...(several > 0 && { values: valuesOf(index) }),
        ...(labels.hasSeveral && { labels: labels.severalAt(index) }),
        ...(weights && { weight: weights.at(index) }),
        ...(groupOf && { group: groupOf(index) }),
      }),
      sourceOf: sourceAt,
      labelOf,
      ...(labels.hasSeveral && { labelsOf: (index) => labels.severalAt(index) }),
      weightOf: weights && ((index) => weights.at(index)),
      groupOf,
    }
    return { classes: labels.names, table }
  }
}
