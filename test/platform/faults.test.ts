import { describe, expect, test, vi } from 'vitest'
import { directoryOf } from '../data/support.js'
import { disk, type Fault } from '../support/faultyDisk.js'
import { expectUseful, isPart, snapshot, type Writer, writers } from './support/writers.js'

vi.mock('node:fs/promises', async (real) => (await import('../support/faultyDisk.js')).faulty(await real()))

async function started(writer: Writer): Promise<{ root: string; before: Map<string, string> }> {
  const root = await directoryOf({})
  await writer.before?.(root)
  return { root, before: await snapshot(root) }
}

/** Which calls are spoiled: all, but of a long row of equal writes those at its ends and one in the middle. */
function numbersOf(calls: readonly string[]): number[] {
  const all = [...calls.keys()]
  if (process.env.FUZZ_RUNS || all.length <= 40) return all
  return [...all.slice(0, 9), all[all.length >> 1]!, ...all.slice(-12)]
}

const FAULTS = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'] as const

/** How a call fails: in every way, or, where that takes long, each call in other ways. */
function faultsOf(at: number, call: string, all: boolean): readonly { fault: Fault; onwards: boolean }[] {
  const partial = call === 'write' ? (['half', 'none'] as const).map((fault) => ({ fault, onwards: false })) : []
  const every = FAULTS.flatMap((fault) => [true, false].map((onwards) => ({ fault, onwards })))
  const turns = [(2 * at) % every.length, (2 * at + 5) % every.length]
  return [...(all || process.env.FUZZ_RUNS ? every : every.filter((_, i) => turns.includes(i))), ...partial]
}

describe.each(Object.entries(writers))('%s on a disk that fails at any call', (_, writer) => {
  test('is as before or whole, the error says what to do, and nothing is left once the disk is mended', async () => {
    const clean = await started(writer)
    await disk.during(clean.root, undefined, () => writer.act(clean.root))
    const after = await snapshot(clean.root)
    const { calls } = disk
    expect(calls).toEqual(expect.arrayContaining(['open to write', 'write', 'sync', 'rename', 'open']))
    let failures = 0
    for (const at of numbersOf(calls))
      for (const { fault, onwards } of faultsOf(at, calls[at]!, writer.all ?? false)) {
        const { root, before } = await started(writer)
        const where = `${fault} at ${at} (${calls[at]})${onwards ? ' and onwards' : ''}`
        const error = await disk
          .during(root, { at, fault, onwards }, () => writer.act(root))
          .then(
            () => undefined,
            (error: unknown) => error,
          )
        const now = await snapshot(root)
        for (const [name, digest] of now)
          if (!isPart(name) && name !== writer.stays)
            expect([before.get(name), after.get(name)], `${where}: ${name}`).toContain(digest)
        for (const name of error === undefined ? after.keys() : before.keys()) expect(now.has(name), where).toBe(true)
        if (error !== undefined) {
          failures++
          expectUseful(error, writer, fault, where)
        }
        if (fault === 'half') expect(error, where).toBeUndefined()
        await writer.act(root)
        expect(await snapshot(root), where).toEqual(after)
      }
    expect(failures).toBeGreaterThan(8)
  }, 120_000)
})
