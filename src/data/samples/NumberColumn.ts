type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

interface Width {
  readonly most: number
  make(length: number): Numbers
}

const WHOLE: readonly Width[] = [
  { most: 2 ** 8 - 1, make: (length) => new Uint8Array(length) },
  { most: 2 ** 16 - 1, make: (length) => new Uint16Array(length) },
  { most: 2 ** 32 - 1, make: (length) => new Uint32Array(length) },
  { most: Number.POSITIVE_INFINITY, make: (length) => new Float64Array(length) },
]
const FLOATS: readonly Width[] = [{ most: Number.POSITIVE_INFINITY, make: (length) => new Float32Array(length) }]
const DOUBLES = WHOLE.slice(-1)

/** A growing list of numbers: whole ones from 0 up in as few bytes as the largest needs, float32 or float64. */
export class NumberColumn {
  private width = 0
  private numbers: Numbers
  private count = 0

  private constructor(private readonly widths: readonly Width[]) {
    this.numbers = widths[0]!.make(64)
  }

  static whole(): NumberColumn {
    return new NumberColumn(WHOLE)
  }

  static floats(): NumberColumn {
    return new NumberColumn(FLOATS)
  }

  static doubles(): NumberColumn {
    return new NumberColumn(DOUBLES)
  }

  get length(): number {
    return this.count
  }

  at(index: number): number {
    return this.numbers[index]!
  }

  set(index: number, value: number): void {
    if (value > this.widths[this.width]!.most) this.resize(value, this.numbers.length)
    this.numbers[index] = value
  }

  push(value: number): void {
    if (this.count === this.numbers.length) this.resize(0, Math.ceil(1.5 * this.count))
    this.set(this.count++, value)
  }

  private resize(value: number, length: number): void {
    while (value > this.widths[this.width]!.most) this.width++
    const larger = this.widths[this.width]!.make(length)
    larger.set(this.numbers)
    this.numbers = larger
  }
}
