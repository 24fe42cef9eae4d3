/** A row of an index, and its distance from the query. */
export interface Neighbour {
  readonly index: number
  readonly distance: number
}

/** The nearest of the rows that were offered, in order. Of equally near ones the first that was offered is nearer. */
export class Nearest {
  readonly found: Neighbour[] = []

  /** @param most the number of rows that are kept */
  constructor(private readonly most: number) {}

  offer(index: number, distance: number): void {
    const { found, most } = this
    if (found.length === most && distance >= found[most - 1]!.distance) return
    if (found.length === most) found.pop()
    let place = found.length
    while (place > 0 && found[place - 1]!.distance > distance) place--
    found.splice(place, 0, { index, distance })
  }
}
