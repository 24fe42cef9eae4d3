import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { manifestDataset } from '../../src/data/dataset/manifestDataset.node.js'
import { directoryOf, errorOf } from './support.js'

/** The data set of a file with this text, and its directory. */
async function read(name: string, text: string, options?: Parameters<typeof manifestDataset>[1]) {
  const directory = await directoryOf({ [name]: text })
  return { directory, dataset: await manifestDataset(join(directory, name), options) }
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

  test('with another class than the given ones, or that is missing, is named', async () => {
    const text = 'source,label\n1.jpg,a'
    expect((await errorOf(read('a.csv', text, { classes: ['b'] }))).message).toContain(
      'the class a of 1.jpg is none of b',
    )
    expect((await errorOf(manifestDataset('/nowhere/a.csv'))).message).toContain(
      '/nowhere/a.csv cannot be read: ENOENT',
    )
  })
})
