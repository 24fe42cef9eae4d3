/** The places in a row of lists. */
export interface Places {
  readonly length: number
  /** The place of the first item of each list. */
  readonly starts: readonly number[]
  /** Returns the list that has the item at a place of the row, and its index in that list. */
  placeOf(at: number): { readonly part: number; readonly index: number }
}

/** Returns the places in a row of lists of these lengths. */
export function placesIn(lengths: readonly number[]): Places {
  const starts: number[] = []
  let length = 0
  for (const each of lengths) {
    starts.push(length)
    length += each
  }
  return {
    length,
    starts,
    placeOf(at) {
      const part = lastUpTo(starts, at)
      return { part, index: at - starts[part]! }
    },
  }
}

/** Returns the index of the last of ascending numbers that is not above a value: lists may be empty. */
function lastUpTo(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (numbers[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
