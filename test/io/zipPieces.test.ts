import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { joined } from '../../src/bytes.js'
import { openZip, openZipFile } from '../../src/io/zip/openZip.js'
import { ZipError } from '../../src/io/zip/ZipError.js'
import { type ZipFile, zipPieces } from '../../src/io/zip/zipPieces.js'
import type { StoredFile } from '../../src/platform/contract.js'
import { FileOnDisk } from '../../src/platform/node/FileOnDisk.js'

const directory = await mkdtemp(join(tmpdir(), 'zip-'))
afterAll(() => rm(directory, { recursive: true }))

async function* each(files: Iterable<ZipFile>): AsyncGenerator<ZipFile> {
  yield* files
}

async function archive(files: Iterable<ZipFile>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of zipPieces(each(files))) pieces.push(piece)
  return joined(pieces)
}

const bytes = (length: number, step = 7) => Uint8Array.from({ length }, (_, i) => (i * step) & 0xff)
const files = [
  { name: 'images/Würstchen/一.jpg', bytes: bytes(1000) },
  { name: 'images/empty', bytes: new Uint8Array() },
  { name: 'project.json', bytes: new TextEncoder().encode('{}') },
]

/** Many entries: more than the 16 bits of the plain directory count. */
function* many(): Generator<ZipFile> {
  for (let i = 0; i < 66_000; i++) yield { name: `${i}`, bytes: new Uint8Array() }
}

const has = (command: string) => spawnSync(command, ['--help']).error === undefined
const PYTHON =
  'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.infolist())); [print(n) for n in z.namelist()[:3]]'

describe('an archive that is written', () => {
  test('is read again, by bytes and by ranges', async () => {
    const whole = await archive(files)
    await writeFile(join(directory, 'a.zip'), whole)
    const file = await FileOnDisk.open(join(directory, 'a.zip'))
    for (const entries of [openZip(whole), await openZipFile(file)]) {
      expect([...entries.keys()]).toEqual(files.map(({ name }) => name))
      for (const { name, bytes } of files) expect(await entries.get(name)!.read()).toEqual(bytes)
    }
    await file.close()
  })

  test('has stored entries, which are views of its bytes, and no date: the same files give the same bytes', async () => {
    const whole = await archive(files)
    expect((await openZip(whole).get(files[0]!.name)!.read()).buffer).toBe(whole.buffer)
    expect(await archive(files)).toEqual(whole)
  })

  test('of more entries than 16 bits count is read again', async () => {
    const whole = await archive(many())
    expect(openZip(whole).size).toBe(66_000)
    await writeFile(join(directory, 'many.zip'), whole)
  })

  test.skipIf(!has('python3'))("is read by Python's zipfile, with its names; many entries too", async () => {
    await writeFile(join(directory, 'b.zip'), await archive(files))
    const run = (name: string) =>
      execFileSync('python3', ['-X', 'utf8', '-c', PYTHON, join(directory, name)], { encoding: 'utf8' })
    expect(run('b.zip').trim().split('\n')).toEqual(['None 3', ...files.map(({ name }) => name)])
    await writeFile(join(directory, 'many.zip'), await archive(many()))
    expect(run('many.zip').split('\n')[0]).toBe('None 66000')
  })

  test.skipIf(!has('unzip'))('is tested by unzip', async () => {
    await writeFile(join(directory, 'c.zip'), await archive(files))
    const said = execFileSync('unzip', ['-t', join(directory, 'c.zip')], { encoding: 'utf8' })
    expect(said).toContain('No errors detected')
  })
})

describe('an archive beyond 4 GiB', () => {
  /** A file of whole gigabytes of zeros, of which only the ends are in memory. */
  function sparse(pieces: readonly Uint8Array[]): StoredFile {
    const starts: number[] = []
    let size = 0
    for (const piece of pieces) {
      starts.push(size)
      size += piece.length
    }
    return {
      size,
      async read(begin, end) {
        const result = new Uint8Array(end - begin)
        for (const [i, piece] of pieces.entries()) {
          const [from, to] = [Math.max(begin, starts[i]!), Math.min(end, starts[i]! + piece.length)]
          if (from < to) result.set(piece.subarray(from - starts[i]!, to - starts[i]!), from - begin)
        }
        return result
      },
      async close() {},
    }
  }

  test('has its last entries where the zip64 fields say', async () => {
    // One buffer, many times over: only its checksum takes time.
    const large = new Uint8Array(2 ** 28)
    const parts = Array.from({ length: 17 }, (_, i) => ({ name: `part ${i}`, bytes: large }))
    const last = { name: 'last', bytes: bytes(100) }
    const pieces: Uint8Array[] = []
    for await (const piece of zipPieces(each([...parts, last]))) pieces.push(piece)
    const file = sparse(pieces)
    expect(file.size).toBeGreaterThan(2 ** 32)
    const entries = await openZipFile(file)
    expect(entries.size).toBe(18)
    expect(await entries.get('last')!.read()).toEqual(last.bytes)
  }, 120_000)
})

test('a file that became shorter while it was open is refused', async () => {
  const whole = await archive(files)
  const size = whole.length
  let cut = size
  const file: StoredFile = {
    size,
    read: async (begin, end) => new Uint8Array(whole.slice(begin, Math.min(end, cut))),
    async close() {},
  }
  const entries = await openZipFile(file)
  cut = 200
  await expect(entries.get(files[0]!.name)!.read()).rejects.toThrow(ZipError)
})
