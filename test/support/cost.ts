import { expect } from 'vitest'

export interface Cost {
  /** Of this process's processors, in milliseconds: other processes do not count. */
  readonly time: number
  /** Bytes by which array buffers and the heap grew. */
  readonly memory: number
}

/** What work costs, at the best of a few times: a collection of garbage or a busy machine does not meet all of them. */
export async function expectCheap(work: () => unknown, most: Cost, tries = 3): Promise<void> {
  for (let i = 1; ; i++) {
    const cost = await costOf(work)
    if (cost.time < most.time && cost.memory < most.memory) return
    if (i === tries) expect.fail(`it took ${describe(cost)} at each of ${tries} times, allowed: ${describe(most)}`)
  }
}

async function costOf(work: () => unknown): Promise<Cost> {
  const [time, before] = [process.cpuUsage(), process.memoryUsage()]
  await work()
  const [{ user, system }, after] = [process.cpuUsage(time), process.memoryUsage()]
  const memory = Math.max(after.arrayBuffers - before.arrayBuffers, after.heapUsed - before.heapUsed)
  return { time: (user + system) / 1000, memory }
}

const describe = ({ time, memory }: Cost): string => `${Math.round(time)} ms and ${Math.round(memory / 2 ** 20)} MiB`
