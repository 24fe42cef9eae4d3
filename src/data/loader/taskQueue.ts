/** Samples in work at a time in a thread: while one is read, or decoded by sharp's threads, another is transformed. */
export const AT_ONCE = 2

/** Runs tasks in the order they came, at most `width` at a time; those of a run that has not begun can be dropped. */
export class TaskQueue {
  private readonly waiting: { run: number; task: () => Promise<void> }[] = []
  private running = 0

  constructor(private readonly width: number) {}

  add(run: number, task: () => Promise<void>): void {
    this.waiting.push({ run, task })
    void this.next()
  }

  drop(run: number): void {
    for (let i = this.waiting.length - 1; i >= 0; i--) if (this.waiting[i]!.run === run) this.waiting.splice(i, 1)
  }

  private async next(): Promise<void> {
    if (this.running === this.width) return
    const next = this.waiting.shift()
    if (!next) return
    this.running++
    await next.task()
    this.running--
    void this.next()
  }
}
