#!/usr/bin/env node
import { constants } from 'node:os'
import { main } from './main.js'

const { stdout, stderr } = process
const controller = new AbortController()
let exitCode: number | undefined

/** The first Ctrl-C, or whatever else tells a process to end, ends the command in good order; the second one at once. */
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => end(128 + constants.signals[name]))
/** Whoever reads may go away early, as `head` does: nobody wants the rest, but what was trained is kept. */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  if (exitCode === undefined) end(0)
})

function end(code: number): void {
  if (exitCode !== undefined) process.exit(code)
  exitCode = code
  controller.abort()
}

const ended = await main(process.argv.slice(2), { stdout, stderr, signal: controller.signal })
process.exitCode = exitCode ?? ended
