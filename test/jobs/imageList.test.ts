import { mkdtemp, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readListFacts, readRange, shardsOf } from '../../src/jobs/shards/imageList.node.js'

const directory = await mkdtemp(join(tmpdir(), 'list-'))
const file = join(directory, 'images.txt')

async function sourcesOf(shards: number): Promise<string[][]> {
  const { lines } = await readListFacts(file)
  const parts: string[][] = []
  for await (const range of shardsOf(file, lines, shards)) {
    const images = await readRange(file, range)
    expect(images).toHaveLength(range.lines)
    parts.push(images.map(({ source }) => source))
  }
  return parts
}

test('shards are all lines of a list, in order, as equal as they can be', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `x${text.replaceAll(/\s/g, '')}`)
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { minLength: 1, maxLength: 40 }),
      fc.nat(39),
      fc.boolean(),
      async (names, at, ends) => {
        await writeFile(file, names.join('\n') + (ends ? '\n' : ''))
        const parts = await sourcesOf(1 + (at % names.length))
        expect(parts.flat()).toEqual(names)
        const sizes = parts.map(({ length }) => length)
        expect(sizes).toHaveLength(1 + (at % names.length))
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      },
    ),
    { numRuns: 50 },
  )
})

test('a list longer than what is read at a time', async () => {
  const names = Array.from({ length: 60_000 }, (_, i) => `directory/with/a/longer/name/${i}.jpg`)
  await writeFile(file, names.join('\n'))
  expect((await sourcesOf(7)).flat()).toEqual(names)
})

test('paths are relative to the list, URLs are not; empty lines are passed over', async () => {
  await writeFile(file, ['a.jpg', '', 'https://example.org/b.jpg', '{"source": "/c.jpg"}', ''].join('\r\n'))
  const whole = { begin: 0, end: (await stat(file)).size, line: 1, lines: 4 }
  expect((await readRange(file, whole)).map(({ place }) => place)).toEqual([
    join(directory, 'a.jpg'),
    'https://example.org/b.jpg',
    '/c.jpg',
  ])
})

test('a line that is wrong is named', async () => {
  const problemOf = async (text: string) => {
    await writeFile(file, text)
    const { lines } = await readListFacts(file)
    const parts: object[] = []
    for await (const range of shardsOf(file, lines, lines)) parts.push(await readRange(file, range))
  }
  await expect(problemOf('a.jpg\n{"source": 1}\n')).rejects.toMatchObject({
    code: 'jobs/bad-list',
    facts: { file, line: 2, problem: 'source must be a text that is not empty' },
  })
  await expect(problemOf('{a.jpg}')).rejects.toMatchObject({ code: 'jobs/bad-list', facts: { line: 1 } })
  await expect(problemOf('')).rejects.toMatchObject({ code: 'jobs/bad-list', facts: { problem: 'it lists no image' } })
  await expect(readListFacts(join(directory, 'missing'))).rejects.toMatchObject({ code: 'jobs/bad-list' })
})
