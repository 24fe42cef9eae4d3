/** Returns the indices of the examples with each label below `classes`, each list in order. */
export function indicesByLabel(labels: ArrayLike<number>, classes: number): Uint32Array[] {
  const counts = new Uint32Array(classes)
  for (let index = 0; index < labels.length; index++) counts[labels[index]!]!++
  const lists = Array.from(counts, (count) => new Uint32Array(count))
  counts.fill(0)
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!
    lists[label]![counts[label]!++] = index
  }
  return lists
}
