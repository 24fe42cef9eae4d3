/** Maps every item, in their order, `most` at a time; after a failure no further one is started. */
export async function mapAtMost<T, R>(
  most: number,
  items: readonly T[],
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  const left = items.entries()
  let failed = false
  const walk = async () => {
    for (const [index, item] of left) {
      if (failed) return
      results[index] = await task(item, index)
    }
  }
  const walks = Array.from({ length: Math.min(most, items.length) }, walk)
  await Promise.all(walks).catch((error) => {
    failed = true
    throw error
  })
  return results
}
