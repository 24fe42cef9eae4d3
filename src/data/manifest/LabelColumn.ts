import { NumberColumn } from '../samples/NumberColumn.js'
import { Names } from './Names.js'

/** The labels of samples: one of each, or of each a list of any length. */
export class LabelColumn {
  private classes: Names
  private readonly isClosed: boolean
  private readonly numbers = NumberColumn.whole()
  /** The place after the labels of each sample, from when one has a list of them. */
  private ends: NumberColumn | undefined

  /** @param classes the only ones that may appear. Default: any */
  constructor(classes: readonly string[] | undefined) {
    this.classes = new Names(classes)
    this.isClosed = classes !== undefined
  }

  get names(): readonly string[] {
    return this.classes.all
  }

  get hasSeveral(): boolean {
    return this.ends !== undefined
  }

  /** Adds the label of a sample. Returns its name if it is none of the classes. */
  add(name: string): string | undefined {
    return this.push(name) ?? this.end()
  }

  /** Adds the labels of a sample. Returns the name of the first that is none of the classes. */
  addSeveral(names: readonly string[]): string | undefined {
    if (!this.ends) {
      this.ends = NumberColumn.whole()
      for (let place = 1; place <= this.numbers.length; place++) this.ends.push(place)
    }
    for (const name of names) if (this.push(name) !== undefined) return name
    return this.end()
  }

  /** Returns the label of a sample: the first of several, or 0 where there is none. */
  at(index: number): number {
    if (!this.ends) return this.numbers.at(index)
    const begin = this.begin(index)
    return begin < this.ends.at(index) ? this.numbers.at(begin) : 0
  }

  severalAt(index: number): readonly number[] {
    const begin = this.begin(index)
    return Array.from({ length: this.ends!.at(index) - begin }, (_, i) => this.numbers.at(begin + i))
  }

  /** Numbers the classes anew, in an order, if they were not given. */
  sort(order: (a: string, b: string) => number): void {
    if (this.isClosed) return
    const before = this.classes.all
    this.classes = new Names(before.toSorted(order))
    const numbers = before.map((name) => this.classes.numberOf(name)!)
    for (let place = 0; place < this.numbers.length; place++) this.numbers.set(place, numbers[this.numbers.at(place)]!)
  }

  private push(name: string): string | undefined {
    const number = this.isClosed ? this.classes.numberOf(name) : this.classes.add(name)
    if (number === undefined) return name
    this.numbers.push(number)
    return undefined
  }

  private end(): undefined {
    this.ends?.push(this.numbers.length)
  }

  private begin(index: number): number {
    return index === 0 ? 0 : this.ends!.at(index - 1)
  }
}
