// The script of a process for jobs that tests use: its kinds fail, die and sleep as they are told.
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import * as z from 'zod'
import { baseError } from '../../../dist/errors.js'
import { serveJobs } from '../../../dist/jobs/serveJobs.node.js'

/** Tells whether this is the first time that the file is asked for. */
function isFirst(file) {
  const known = existsSync(file)
  writeFileSync(file, '')
  return !known
}

serveJobs({
  echo: {
    input: z.strictObject({ value: z.number() }),
    run: async ({ value }, { threads }) => ({ value, threads, process: process.pid }),
  },
  failing: {
    input: z.strictObject({ path: z.string() }),
    run: async ({ path }) => {
      throw baseError('file/cannot-write', { path, problem: 'the disk is full' })
    },
  },
  failingOnce: {
    input: z.strictObject({ file: z.string() }),
    run: async ({ file }) => {
      if (isFirst(file)) throw new Error('not yet')
      return { file }
    },
  },
  dyingOnce: {
    input: z.strictObject({ file: z.string() }),
    run: async ({ file }) => {
      if (isFirst(file)) process.kill(process.pid, 'SIGKILL')
      return { file }
    },
  },
  sleeping: {
    input: z.strictObject({ milliseconds: z.number() }),
    run: async ({ milliseconds }) => {
      await setTimeout(milliseconds)
      return { milliseconds }
    },
  },
})
