import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isFineTuneError } from '../../src/errors.js'
import { expectCheap } from './cost.js'
import { fuzz } from './fuzz.js'
import { broken } from './mutations.js'

export interface Format {
  /** Files that are in order. */
  readonly files: readonly Uint8Array[]
  /** Reads a file, and checks that what comes out is no lie. */
  read(bytes: Uint8Array): unknown
}

/** Whatever a small file says. */
const MOST = { time: 2000, memory: 32 * 2 ** 20 }

/** A longer look: `npm run test:fuzz`; FUZZ_SEED looks elsewhere. */
const { numRuns, seed } = fuzz(150)

/** Of each format: whatever is changed in a file, it is read or gives a typed error, soon and in little memory. */
export function surviveMutations(formats: Readonly<Record<string, Format>>): void {
  describe.each(Object.entries(formats))('%s', (_, { files, read }) => {
    test('files that are in order are read', async () => {
      for (const bytes of files) await read(bytes)
    })

    test(
      'a broken file is read or gives a typed error, soon and in little memory',
      async () => {
        const property = fc.asyncProperty(broken(files), (bytes) => expectCheap(() => readOrRefuse(read, bytes), MOST))
        await fc.assert(property, { numRuns, seed })
        expect(Object.keys(Object.prototype)).toEqual([])
      },
      60_000 + 200 * numRuns,
    )
  })
}

async function readOrRefuse(read: Format['read'], bytes: Uint8Array): Promise<void> {
  try {
    await read(bytes)
  } catch (error) {
    if (!isFineTuneError(error)) throw error
    expect(error.message.length).toBeLessThan(3000)
  }
}
