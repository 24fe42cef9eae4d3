import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fuzz } from '../../support/fuzz.js'
import { broken } from '../../support/mutations.js'
import { corpus } from './corpus.js'
import { withRightChecksums } from './crafted.js'

/** `FUZZ_RUNS=20000 npx vitest run test/data/decode/imageMutations.test.ts` looks longer; FUZZ_SEED looks elsewhere. */
const { numRuns, seed } = fuzz(400)

const MOST_MILLISECONDS = 5000
/** What Node and a decoder take, and 35 bytes for each of the pixels that are allowed at most. */
const MOST_MEGABYTES = 500
const MAX_PIXELS = 1_000_000

const whole = (await corpus()).filter(({ fate }) => fate !== 'refused').map(({ file }) => file)
/** Most of what is badly broken is refused before a decoder sees it; one byte changed among the pixels is the decoder's. */
const scratched = fc
  .record({ file: fc.constantFrom(...whole), at: fc.nat(), value: fc.nat(255) })
  .map(({ file, at, value }) => file.with(at % file.length, value))
/** Every second has right checksums, as PNG has them: else none would get past these. */
const files = fc
  .tuple(fc.oneof(broken(whole), scratched), fc.boolean())
  .map(([file, mend]) => (mend ? withRightChecksums(file) : file))

interface Outcome {
  readonly shape?: readonly number[]
  readonly values?: number
  readonly typed?: boolean
  readonly code?: string
  readonly problem?: string
  readonly megabytes: number
}

/** A process that decodes, since a decoder may hang or take it down. */
class DecodingProcess {
  #child: ChildProcess | undefined

  constructor(private readonly decoder: string) {}

  async decode(bytes: Uint8Array): Promise<Outcome> {
    this.#child ??= await this.#start()
    const child = this.#child
    const done = new AbortController()
    const [message, exit] = [once(child, 'message', done), once(child, 'exit', done)]
    const late = setTimeout(() => done.abort(`it took over ${MOST_MILLISECONDS} ms`), MOST_MILLISECONDS)
    child.send(bytes)
    try {
      const died = exit.then(([code, signal]) => Promise.reject(`the process ended with ${code ?? signal}`))
      return (await Promise.race([message, died]))[0]
    } catch (cause) {
      this.stop()
      throw new Error(`A file of ${bytes.length} bytes: ${done.signal.reason ?? cause}`)
    } finally {
      clearTimeout(late)
      exit.catch(() => {})
      done.abort()
    }
  }

  stop(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  async #start(): Promise<ChildProcess> {
    const script = fileURLToPath(new URL('decodeSent.js', import.meta.url))
    const child = fork(script, [this.decoder, String(MAX_PIXELS)], { serialization: 'advanced', stdio: 'inherit' })
    await once(child, 'message')
    return child
  }
}

describe.each(['jimp', 'sharp'])('%s', (decoder) => {
  const child = new DecodingProcess(decoder)
  // An image before the first: a process that starts on a busy machine takes its time.
  beforeAll(() => child.decode(whole[0]!).then(() => {}))
  afterAll(() => child.stop())

  test('makes of a broken file an image or a typed error, within seconds and in bounded memory', async () => {
    const seen = { read: 0, refused: 0 }
    const property = fc.asyncProperty(files, async (file) => {
      const { shape, values, typed, code, problem, megabytes } = await child.decode(file)
      seen[shape ? 'read' : 'refused']++
      expect(megabytes).toBeLessThan(MOST_MEGABYTES)
      if (shape) expect(values).toBe(shape[0]! * shape[1]! * 3)
      else {
        expect(typed, problem).toBe(true)
        expect(['data/unreadable', 'data/too-many-pixels']).toContain(code)
      }
    })
    await fc.assert(property, { numRuns, seed })
    // Neither all of one nor all of the other would say much of the decoders.
    expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(numRuns / 20)
  })
})
