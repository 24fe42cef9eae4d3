/** A host that gives fewer bytes in a minute is given up: it might never end. */
const FEWEST_BYTES = 2 ** 14
const PATIENCE = 60_000

/** Watches over a transfer. */
export interface Watch {
  /** Aborts when the user's does, and when too little arrives. */
  readonly signal: AbortSignal
  received(bytes: number): void
  /** The transfer has ended, well or not. */
  end(): void
}

/** @param patience milliseconds in which some bytes must come. Default: a minute */
export function watchOver(user: AbortSignal | undefined, patience = PATIENCE): Watch {
  const controller = new AbortController()
  const pass = () => controller.abort(user?.reason)
  if (user?.aborted) pass()
  user?.addEventListener('abort', pass)
  const slow = new Error(`fewer than ${FEWEST_BYTES} bytes in ${patience / 1000} s`)
  const start = () => setTimeout(() => controller.abort(slow), patience)
  let [timer, arrived] = [start(), 0]
  return {
    signal: controller.signal,
    received(bytes) {
      arrived += bytes
      if (arrived < FEWEST_BYTES) return
      clearTimeout(timer)
      ;[timer, arrived] = [start(), 0]
    },
    end() {
      clearTimeout(timer)
      user?.removeEventListener('abort', pass)
    },
  }
}
