import { readFileSync } from 'node:fs'

/**
 * The longest time that a piece of asynchronous work holds this thread up in one go, in milliseconds: of computing where the
 * system tells that (Linux), so that other processes do not count, else by the clock.
 */
export async function longestPause(work: () => PromiseLike<unknown>): Promise<number> {
  let [last, longest] = [ownTime(), 0]
  const tick = () => {
    const now = ownTime()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(tick, 1)
  try {
    await work()
    tick()
    return longest
  } finally {
    clearInterval(timer)
  }
}

function ownTime(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}
