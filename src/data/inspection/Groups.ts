/** Disjoint groups, stored as a forest in which each item points at an earlier one. */
export class Groups {
  private readonly earlier: Uint32Array

  constructor(length: number) {
    this.earlier = Uint32Array.from({ length }, (_, i) => i)
  }

  firstOf(i: number): number {
    let first = i
    while (this.earlier[first] !== first) first = this.earlier[first]!
    for (let at = i; at !== first; ) {
      const next = this.earlier[at]!
      this.earlier[at] = first
      at = next
    }
    return first
  }

  join(a: number, b: number): void {
    const [first, second] = [this.firstOf(a), this.firstOf(b)]
    this.earlier[Math.max(first, second)] = Math.min(first, second)
  }

  ofSeveral(): number[][] {
    const groups = new Map<number, number[]>()
    for (let i = 0; i < this.earlier.length; i++) {
      const first = this.firstOf(i)
      const group = groups.get(first)
      if (group) group.push(i)
      else groups.set(first, [i])
    }
    return [...groups.values()].filter((group) => group.length > 1)
  }
}
