#!/usr/bin/env node
import { main } from './main.js'

const { stdout, stderr } = process
const controller = new AbortController()
/** The first Ctrl-C ends the command in good order, the second one at once. */
process.once('SIGINT', () => {
  process.once('SIGINT', () => process.exit(130))
  controller.abort()
})
/** Whoever reads may go away early, as `head` does. */
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await main(process.argv.slice(2), { stdout, stderr, signal: controller.signal })
