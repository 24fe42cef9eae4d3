#!/usr/bin/env node
import { constants } from 'node:os'
import { main } from './main.js'

const { stdout, stderr } = process
const controller = new AbortController()
let exitCode: number | undefined

// The first Ctrl-C, SIGTERM or SIGHUP ends the command in good order; the second one ends it at once.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => end(128 + constants.signals[name]))
// The reader of stdout may close it early, as `head` does: the rest is not needed, but what was trained is kept.
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
