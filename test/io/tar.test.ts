import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { readTar } from '../../src/io/tar/readTar.js'
import { TarError } from '../../src/io/tar/TarError.js'
import { storedBytes } from '../../src/platform/storedFile.js'
import { directoryOf } from '../data/support.js'
import { pax, type TarFile, tar } from '../support/tar.js'

/** The files of an archive: names, and contents as text. */
async function read(archive: Uint8Array): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for await (const { name, begin, end } of readTar(storedBytes(archive)))
    files[name] = new TextDecoder().decode(archive.subarray(begin, end))
  return files
}

const run = promisify(execFile)
const hasTar = await run('tar', ['--version']).then(
  ({ stdout }) => stdout.includes('GNU tar'),
  () => false,
)

describe('the files of an archive', () => {
  const long = `${'folder/'.repeat(30)}${'n'.repeat(120)}.jpg`
  const files = { 'a.jpg': 'one', 'empty.cls': '', [long]: 'x'.repeat(5000), 'd/é.json': '{}' }

  // GNU tar reads no name in its own form that is longer than 100 bytes from POSIX's, so all forms differ.
  test.skipIf(!hasTar).each(['gnu', 'pax', 'posix', 'oldgnu'])(
    'as GNU tar writes them in its form %s',
    async (form) => {
      const directory = await directoryOf(files)
      await run('tar', ['--format', form, '-cf', join(directory, 'all.tar'), '-C', directory, ...Object.keys(files)])
      expect(await read(await readFile(join(directory, 'all.tar')))).toEqual(files)
    },
  )

  test('with directories between them, a prefix, and pax attributes', async () => {
    const archive = tar([
      { name: 'd/', type: '5' },
      { name: './d/a', content: 'A' },
      { name: 'b', prefix: 'deep', content: 'B' },
      { name: 'comment', type: 'g', content: '20 comment=whatever\n' },
      pax({ path: 'ü'.repeat(200), mtime: '1.5' }),
      { name: 'short', content: 'C' },
      { name: '././@LongLink', type: 'L', content: `${long}\0` },
      { name: long.slice(0, 100), content: 'D' },
      { name: 'e', content: 'E', type: '\0' },
    ])
    expect(await read(archive)).toEqual({ 'd/a': 'A', 'deep/b': 'B', ['ü'.repeat(200)]: 'C', [long]: 'D', e: 'E' })
  })

  const whole = tar([{ name: 'a', content: 'x'.repeat(2000) }])
  const wrong: Readonly<Record<string, [readonly TarFile[] | Uint8Array, string]>> = {
    'a path upwards': [[{ name: 'a/../../b', content: 'x' }], '"a/../../b" is a path that leaves the archive'],
    'an absolute path': [[{ name: '/etc/passwd' }], 'is a path that leaves the archive'],
    'a path of Windows': [[{ name: '..\\b' }], 'is a path that leaves the archive'],
    'a path in an attribute': [[pax({ path: '../b' }), { name: 'b' }], 'is a path that leaves the archive'],
    'a link': [[{ name: 'a', type: '2' }], '"a" is a link'],
    'a hard link': [[{ name: 'a', type: '1' }], '"a" is a link'],
    'a device': [[{ name: 'a', type: '3' }], '"a" is no file'],
    'a sparse file': [[{ name: 'a', type: 'S' }], '"a" is a sparse file'],
    'a sparse file in an attribute': [[pax({ 'GNU.sparse.major': '1' }), { name: 'a' }], 'it has a sparse file'],
    'a size beyond the file': [[{ name: 'a', size: '77777777777\0' }], '"a" would end after the file'],
    'a huge size in base 256': [[{ name: 'a', size: '\u007f'.repeat(12) }], 'a header has a number that is none'],
    'a size that is no number': [[{ name: 'a', size: '12x\0' }], 'a header has a number that is none'],
    'a size in an attribute beyond the file': [[pax({ size: '1000000' }), { name: 'a' }], 'would end after the file'],
    'a negative size in an attribute': [[pax({ size: '-512' }), { name: 'a' }], 'a pax header has a size that is none'],
    'a long header': [[{ name: 'x', type: 'x', content: 'x'.repeat(70_000) }], 'a header is longer than'],
    'a damaged attribute': [[{ name: 'x', type: 'x', content: '99 path=a\n' }], 'a pax header is damaged'],
    'another checksum': [[{ name: 'a', checksum: 1 }], 'a header has another checksum than it says'],
    'half of a file': [whole.subarray(0, 1300), '"a" would end after the file: it is incomplete'],
    'half of a header': [whole.subarray(0, 300), 'it ends in the middle: it is incomplete'],
    'no end': [tar([{ name: 'a', content: 'x' }], 0), 'it ends in the middle: it is incomplete'],
    'another archive after it': [new Uint8Array([...whole, ...whole]), 'it goes on after its end'],
    'no archive': [new TextEncoder().encode('a text '.repeat(200)), 'a header has'],
    nothing: [new Uint8Array(), 'it ends in the middle'],
  }
  test.each(Object.entries(wrong))('are refused with %s', async (_, [archive, message]) => {
    const error = await read(archive instanceof Uint8Array ? archive : tar(archive)).then(
      () => undefined,
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(TarError)
    expect(error.message).toContain(message)
  })

  test('of a number in base 256', async () => {
    const size = new TextDecoder('latin1').decode(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3))
    const archive = tar([{ name: 'a', content: 'abc' }])
    archive.set(
      Array.from(size, (char) => (char === '\u20ac' ? 0x80 : char.charCodeAt(0))),
      124,
    )
    // The checksum of the changed header.
    archive.fill(0x20, 148, 156)
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0)
    archive.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
    expect(await read(archive)).toEqual({ a: 'abc' })
  })
})
