/** The fewest bytes in a minute: slower hosts are given up, since they might never end. */
const FEWEST_BYTES = 2 ** 14
const PATIENCE = 60_000

/** The supervision of a transfer. */
export interface Watch {
  /** The signal that aborts when the user's does, and when too little arrives. */
  readonly signal: AbortSignal
  received(bytes: number): void
  /** Ends the supervision when the transfer has ended, successfully or not. */
  end(): void
}

/** Supervises a transfer. @param patience milliseconds within which some bytes must arrive. Default: a minute */
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
