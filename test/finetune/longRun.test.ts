import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)
const child = fileURLToPath(new URL('support/trainLong.js', import.meta.url))

/** `LONG_RUN=1` takes the minutes that 5,000 steps and 200 runs need. */
const isLong = process.env.LONG_RUN !== undefined
const { steps, runs, growth } = isLong
  ? { steps: 5000, runs: 200, growth: 1.05 }
  : { steps: 400, runs: 4, growth: 1.15 }

async function train(kind: string, count: number) {
  const { stdout } = await run(process.execPath, [child, kind, String(count)])
  if (isLong) process.stdout.write(`${kind} ${count}: ${stdout}`)
  return JSON.parse(stdout)
}

// /proc tells about threads and files.
describe.skipIf(process.platform !== 'linux')('on and on', () => {
  test(`memory is flat over ${steps} steps, after the first 200`, async () => {
    const { megabytes } = (await train('steps', steps)) as { megabytes: number[] }
    expect(megabytes).toHaveLength(steps / 100)
    const settled = megabytes.slice(1)
    const least = (some: readonly number[]) => Math.min(...some)
    // Garbage comes and goes; what is left between its collections tells of a leak.
    const third = Math.ceil(settled.length / 3)
    expect(least(settled.slice(-third)) / least(settled.slice(0, third))).toBeLessThan(growth)
  }, 1_200_000)

  test(`${runs} short runs, ended in each way, leave no thread, file, handle or listener behind`, async () => {
    const { before, after } = await train('runs', runs)
    expect(after).toEqual(before)
  }, 1_200_000)
})
