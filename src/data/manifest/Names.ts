/** Names, each with a number: that of its first appearance. */
export class Names {
  private readonly numbers: Map<string, number>

  constructor(names: readonly string[] = []) {
    this.numbers = new Map(names.map((name, number) => [name, number]))
  }

  get all(): string[] {
    return [...this.numbers.keys()]
  }

  numberOf(name: string): number | undefined {
    return this.numbers.get(name)
  }

  /** Returns the number of a name, which is a new one if it was not there. */
  add(name: string): number {
    const known = this.numbers.get(name)
    if (known !== undefined) return known
    this.numbers.set(name, this.numbers.size)
    return this.numbers.size - 1
  }
}
