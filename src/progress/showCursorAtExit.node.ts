import type { Output } from './terminal.node.js'

const SHOW_CURSOR = '\n\u001b[?25h'
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Shows the cursor of the terminal again when the process ends, by itself or by a signal. A signal keeps its effect: it
 * ends the process, unless it has another listener.
 *
 * @returns a function that removes the listeners
 */
export function showCursorAtExit(stream: Output): () => void {
  const show = () => void stream.write(SHOW_CURSOR)
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return
    show()
    release()
    process.kill(process.pid, signal)
  }
  const release = () => {
    process.off('exit', show)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  process.on('exit', show)
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return release
}
