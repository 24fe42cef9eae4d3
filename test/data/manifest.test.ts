import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { byCodePoint } from '../../src/data/dataset/folderRules.js'
import { manifestDataset } from '../../src/data/dataset/manifestDataset.node.js'
import { splitDataset } from '../../src/data/dataset/splitDataset.js'
import { type ManifestFormat, readManifest } from '../../src/data/manifest/readManifest.js'
import { directoryOf, errorOf } from './support.js'

/** The data set of a file with this text, and its directory. */
async function read(name: string, text: string, options?: Parameters<typeof manifestDataset>[1]) {
  const directory = await directoryOf({ [name]: text })
  return { directory, dataset: await manifestDataset(join(directory, name), options) }
}

/** The columns of a manifest that arrives in pieces. */
async function rowsOf(pieces: readonly Uint8Array[], format: ManifestFormat) {
  const arriving = async function* () {
    yield* pieces
  }
  const { table, classes } = (await readManifest(arriving(), format, 'a', { separator: '|' })).finish(
    (source) => source,
    byCodePoint,
  )
  const indices = [...Array(table.length).keys()]
  return { classes, labels: indices.map(table.labelOf), sources: indices.map(table.sourceOf) }
}

describe('a manifest', () => {
  test('in CSV: columns by name, fields in quotation marks, sources relative to the file or URLs', async () => {
    const { directory, dataset } = await read(
      'a.csv',
      '\ufefflabel,taken,source\r\ndog,2026,"im,ages/""rex"".jpg"\r\n\r\n"cat\nor kitten",,/there/1.png\ndog,,https://example.org/2.jpg',
    )
    expect(dataset).toEqual({
      classes: ['cat\nor kitten', 'dog'],
      samples: [
        { source: join(directory, 'im,ages/"rex".jpg'), label: 1 },
        { source: '/there/1.png', label: 0 },
        { source: 'https://example.org/2.jpg', label: 1 },
      ],
    })
  })

  test('in JSON Lines, with classes in an order of their own', async () => {
    const text = '{"source": "1.jpg", "label": "a", "more": [1]}\n\n{"label": "b", "source": "2.jpg"}\r\n'
    const { directory, dataset } = await read('a.jsonl', text, { classes: ['c', 'b', 'a'] })
    expect(dataset).toEqual({
      classes: ['c', 'b', 'a'],
      samples: [
        { source: join(directory, '1.jpg'), label: 2 },
        { source: join(directory, '2.jpg'), label: 1 },
      ],
    })
  })

  test('by a URL, with a format that its name does not tell', async () => {
    const directory = await directoryOf({ list: '{"source": "1.jpg", "label": "a"}' })
    const dataset = await manifestDataset(pathToFileURL(join(directory, 'list')), { format: 'jsonl' })
    expect(dataset.samples).toHaveLength(1)
  })

  test.each([
    ['a.csv', 'source,labels\n1.jpg,dog| cat\n2.jpg,\n3.jpg,cat', {}],
    ['a.csv', 'labels,source\ndog;cat,1.jpg\n,2.jpg\ncat,3.jpg', { separator: ';' }],
    [
      'a.jsonl',
      '{"source":"1.jpg","labels":["dog","cat"]}\n{"source":"2.jpg","labels":[]}\n{"source":"3.jpg","labels":["cat"]}',
      {},
    ],
  ])('has several labels of an image: %s %j', async (name, text, options) => {
    const { dataset } = await read(name, text, options)
    expect(dataset.classes).toEqual(['cat', 'dog'])
    expect(dataset.samples.map(({ label, labels }) => [label, labels])).toEqual([
      [1, [1, 0]],
      [0, []],
      [0, [0]],
    ])
  })

  test('has numbers, in columns that are named', async () => {
    const csv = await read('a.csv', 'source,age,note,size\n1.jpg,7,x,0.5\n2.jpg,-1e3,,2', { values: ['size', 'age'] })
    expect(csv.dataset.classes).toEqual(['size', 'age'])
    expect(csv.dataset.samples.map(({ values }) => values)).toEqual([
      [0.5, 7],
      [2, -1000],
    ])
    const lines = await read('a.jsonl', '{"source":"1.jpg","age":7}', { values: ['age'] })
    expect(lines.dataset.samples[0]).toMatchObject({ label: 0, values: [7] })
  })

  test.each([
    ['a.csv', 'source,age\n1.jpg,old', { values: ['age'] }, 'line 2, cannot be read: age must be a number'],
    ['a.csv', 'source,age\n1.jpg,', { values: ['age'] }, 'line 2, cannot be read: age must be a number'],
    ['a.csv', 'source,size\n1.jpg,1', { values: ['age'] }, 'the header has no column age'],
    ['a.csv', 'source,labels\n1.jpg,a||b', {}, 'line 2, cannot be read: labels has an empty one'],
    ['a.csv', 'source,labels\n1.jpg,', {}, 'no image in it has a label'],
    ['a.jsonl', '{"source":"1.jpg","labels":[1]}', {}, 'line 1, cannot be read: labels must be a list of texts'],
  ])('whose labels or numbers are wrong is told where: %s %j', async (name, text, options, message) => {
    expect((await errorOf(read(name, text, options))).message).toContain(message)
  })

  test.each([
    ['a.csv', 'file,label\n1.jpg,a', 'line 1, cannot be read: the header has no column source'],
    ['a.csv', 'source,label\n1.jpg,a\n2.jpg', 'line 3, cannot be read: it has 1 fields, the header 2'],
    ['a.csv', 'source,label\n"1\n.jpg",a\n2"x.jpg,b', 'line 4, cannot be read: a quotation mark is out of place'],
    ['a.csv', 'source,label\n1.jpg,', 'line 2, cannot be read: label must be a text that is not empty'],
    ['a.csv', 'source,label\n', 'it lists no image'],
    ['a.jsonl', '{"source": "1.jpg", "label": "a"}\n{', 'line 2, cannot be read: it is not JSON'],
    ['a.jsonl', '{"source": "1.jpg", "label": 3}', 'line 1, cannot be read: label must be a text'],
    ['a.jsonl', 'null', 'line 1, cannot be read: source must be a text'],
    ['a.txt', 'source,label\n1.jpg,a', 'ends in neither .csv nor .jsonl'],
  ])('that is wrong is told where: %s %j', async (name, text, message) => {
    const error = await errorOf(read(name, text))
    expect(error.code).toBe('dataset/bad-manifest')
    expect(error.message).toContain(message)
  })

  test('with several labels, weights and groups, in CSV', async () => {
    const text = 'group,labels,weight,source\np1,b|a,2,1.jpg\np2,,,2.jpg\np1,b,0,3.jpg\n'
    const { directory, dataset } = await read('a.csv', text)
    const source = (name: string) => join(directory, name)
    expect(dataset).toEqual({
      classes: ['a', 'b'],
      samples: [
        { source: source('1.jpg'), label: 1, labels: [1, 0], weight: 2, group: 'p1' },
        { source: source('2.jpg'), label: 0, labels: [], weight: 1, group: 'p2' },
        { source: source('3.jpg'), label: 1, labels: [1], weight: 0, group: 'p1' },
      ],
    })
    expect(new Set(splitDataset(dataset)[1].samples.map(({ group }) => group)).size).toBe(1)
  })

  test('with several labels, weights and groups, in JSON Lines, from some line on', async () => {
    const lines = [
      { source: 'https://a/1.jpg', label: 'b', group: 1 },
      { source: 'https://a/2.jpg', labels: ['a', 'c'], weight: 0.5, group: '1' },
      { source: 'https://a/3.jpg', labels: [], group: 'x' },
    ]
    const { dataset } = await read('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\r'))
    expect(dataset).toEqual({
      classes: ['a', 'b', 'c'],
      samples: [
        { source: 'https://a/1.jpg', label: 1, labels: [1], weight: 1, group: '1' },
        { source: 'https://a/2.jpg', label: 0, labels: [0, 2], weight: 0.5, group: '1' },
        { source: 'https://a/3.jpg', label: 0, labels: [], weight: 1, group: 'x' },
      ],
    })
  })

  test('with another separator, and spaces around labels', async () => {
    const { dataset } = await read('a.csv', 'labels,source\ndog; cat,1.jpg\n,2.jpg\n', { separator: ';' })
    expect(dataset.classes).toEqual(['cat', 'dog'])
    expect(dataset.samples.map(({ label, labels }) => [label, labels])).toEqual([
      [1, [1, 0]],
      [0, []],
    ])
  })

  test('with numbers in the place of classes', async () => {
    const csv = await read('a.csv', 'source,age,note,size\n1.jpg,7,x,0.1\n2.jpg,-1e3,,2', { values: ['size', 'age'] })
    expect(csv.dataset.classes).toEqual(['size', 'age'])
    expect(csv.dataset.samples.map(({ label, values }) => [label, values])).toEqual([
      [0, [0.1, 7]],
      [0, [2, -1000]],
    ])
    const lines = await read('a.jsonl', '{"source":"1.jpg","age":7}', { values: ['age'] })
    expect(lines.dataset.samples).toMatchObject([{ label: 0, values: [7] }])
  })

  test.each([
    ['a.csv', 'source,age\n1.jpg,old', { values: ['age'] }, 'line 2, cannot be read: age must be a number'],
    ['a.csv', 'source,age\n1.jpg,', { values: ['age'] }, 'line 2, cannot be read: age must be a number'],
    ['a.jsonl', '{"source": "1.jpg", "age": "7"}', { values: ['age'] }, 'line 1, cannot be read: age must be a number'],
    ['a.csv', 'source,size\n1.jpg,1', { values: ['age'] }, 'line 1, cannot be read: the header has no column age'],
    ['a.csv', 'source,labels\n1.jpg,', {}, 'no image in it has a label'],
  ])('whose labels or numbers are wrong is told where: %s %j', async (name, text, options, message) => {
    expect((await errorOf(read(name, text, options))).message).toContain(message)
  })

  test('is the same in whatever pieces it arrives', async () => {
    const texts = {
      csv: '\ufeffsource,label,x\r\n"a ""b"" \r\n",é,1\r\r\n\n"",""\n'.replace('"",""', 'y,"z",","'),
      jsonl: '\ufeff{"source": "é.jpg", "label": "a"}\r\n\r{"source": "b", "label": "ü"}\n\n',
    } as const
    for (const format of ['csv', 'jsonl'] as const) {
      const bytes = new TextEncoder().encode(texts[format])
      const whole = await rowsOf([bytes], format)
      expect(whole.sources).toHaveLength(2)
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(await rowsOf([bytes.subarray(0, cut), bytes.subarray(cut)], format)).toEqual(whole)
      expect(
        await rowsOf(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          format,
        ),
      ).toEqual(whole)
    }
  })

  test('of a row without end is refused before it fills the memory', async () => {
    let sent = 0
    const endless = async function* () {
      yield new TextEncoder().encode('source,label\na.jpg,"')
      for (; sent < 100; sent++) yield new Uint8Array(2 ** 20).fill(0x61)
    }
    const error = await errorOf(readManifest(endless(), 'csv', 'a.csv', { separator: '|' }))
    expect(error.message).toContain('line 2, cannot be read: a row is longer than')
    expect(sent).toBeLessThan(20)
  })

  test.each([
    ['a.csv', 'source,label,labels\n1.jpg,a,a', 'line 1, cannot be read: the header has both label and labels'],
    ['a.csv', 'source,name\n1.jpg,a', 'line 1, cannot be read: the header has no column label or labels'],
    ['a.csv', 'source,label,weight\n1.jpg,a,1\n1.jpg,a,-1', 'line 3, cannot be read: weight must be a number from 0'],
    ['a.csv', 'source,label,weight\n1.jpg,a,much', 'line 2, cannot be read: weight must be a number from 0'],
    ['a.csv', 'source,label,group\n1.jpg,a,x\n2.jpg,a,', 'line 3, cannot be read: group must be a text'],
    ['a.csv', 'source,labels\n1.jpg,a|', 'line 2, cannot be read: labels has an empty one'],
    ['a.jsonl', '{"source": "1.jpg", "label": "a"}\n{"source": "2.jpg", "label": "a", "group": "x"}', 'line 2, cannot'],
    ['a.jsonl', '{"source": "1.jpg", "label": "a", "labels": ["a"]}', 'line 1, cannot be read: it has both'],
    ['a.jsonl', '{"source": "1.jpg", "labels": "a"}', 'line 1, cannot be read: labels must be a list of texts'],
    ['a.jsonl', '{"source": "1.jpg", "label": "a", "weight": "2"}', 'line 1, cannot be read: weight must be a number'],
  ])('with a wrong column is told where: %s %j', async (name, text, message) => {
    const error = await errorOf(read(name, text))
    expect(error.code).toBe('dataset/bad-manifest')
    expect(error.message).toContain(message)
  })

  test('with another class than the given ones, or that is missing, is named', async () => {
    const text = 'source,label\n1.jpg,a'
    expect((await errorOf(read('a.csv', text, { classes: ['b'] }))).message).toContain(
      'line 2, cannot be read: the class a of 1.jpg is none of b',
    )
    expect((await errorOf(manifestDataset('/nowhere/a.csv'))).message).toContain(
      '/nowhere/a.csv cannot be read: ENOENT',
    )
  })
})
