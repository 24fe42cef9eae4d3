/**
 * Yields what work reports, and returns its result. If the caller leaves, the work continues to its end:
 * give it a signal to end it.
 */
export async function* reported<Event, Result>(
  work: (report: (event: Event) => void) => Promise<Result>,
): AsyncGenerator<Event, Result> {
  const events: Event[] = []
  let wake = () => {}
  let isDone = false
  const result = work((event) => {
    events.push(event)
    wake()
  }).finally(() => {
    isDone = true
    wake()
  })
  // The failure is thrown below, once the events before it are told.
  result.catch(() => {})
  for (;;) {
    while (events.length > 0) yield events.shift()!
    if (isDone) return await result
    await new Promise<void>((resolve) => {
      wake = resolve
      if (events.length > 0 || isDone) resolve()
    })
  }
}
