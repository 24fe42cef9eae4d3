import { relative } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileDataset } from '../../src/data/dataset/fileDataset.web.js'
import { byCodePoint } from '../../src/data/dataset/folderRules.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { imageFiles } from '../../src/data/dataset/imageFiles.web.js'
import { isFineTuneError } from '../../src/errors.js'
import { directoryOf } from './support.js'

const entries = (...paths: string[]) => paths.map((path) => ({ path, file: new File([path], path.split('/').at(-1)!) }))
const codeOf = (work: () => unknown): unknown => {
  try {
    return work()
  } catch (error) {
    if (isFineTuneError(error)) return error.code
    throw error
  }
}

const TREE = [
  'b/2.png',
  'b/10.png',
  'b/x/1.JPG',
  'b/.x/9.png',
  'a/ü.png',
  'a/z.png',
  'a/\u{1f600}.png',
  'a/\uff5e.png',
  'é/1.gif',
  '.h/1.png',
  'root.png',
]

test('files make the dataset that ImageFolder makes of the same folder', async () => {
  const directory = await directoryOf(Object.fromEntries(TREE.map((path) => [path, path])))
  const folder = await ImageFolder(directory)
  const { files, leftOut } = await imageFiles(entries(...TREE.map((path) => `photos/${path}`)).reverse())
  const dataset = fileDataset({ files, leftOut })
  expect(dataset.classes).toEqual(folder.classes)
  const shown = (samples: typeof folder.samples, root: string) =>
    samples.map(({ source, label }) => ({ source: relative(root, source), label }))
  expect(shown(dataset.samples, 'photos')).toEqual(shown(folder.samples, directory))
  expect(await dataset.read!(0)).toEqual(new TextEncoder().encode(dataset.samples[0]!.source))
  expect(leftOut).toEqual([
    { path: 'photos/.h/1.png', reason: 'hidden' },
    { path: 'photos/b/.x/9.png', reason: 'hidden' },
  ])
})

test.each([
  ['two dropped folders', ['cat/1.png', 'dog/2.png'], { cat: 1, dog: 1 }],
  ['a folder around them', ['photos/cat/1.png', 'photos/dog/2.png'], { cat: 1, dog: 1 }],
  ['two folders around them', ['all/photos/cat/1.png', 'all/photos/dog/2.png'], { cat: 1, dog: 1 }],
  ['an image beside the folders', ['photos/cover.png', 'photos/cat/1.png', 'photos/dog/2.png'], { cat: 1, dog: 1 }],
  ['one class', ['cat/1.png', 'cat/2.png'], { cat: 2 }],
  ['classes with folders inside', ['cat/old/1.png', 'cat/2.png', 'dog/new/3.png'], { cat: 2, dog: 1 }],
  ['classes named as sets are, and another', ['train/1.png', 'bus/2.png'], { bus: 1, train: 1 }],
])('%s', (_, paths, expected) => {
  const { classes, samples } = fileDataset(entries(...paths))
  const counts = classes.map((name, label) => [name, samples.filter((sample) => sample.label === label).length])
  expect(Object.fromEntries(counts)).toEqual(expected)
})

test('train and test are chosen by their name', () => {
  const files = entries('d/train/a/1.png', 'd/train/b/1.png', 'd/test/a/1.png', 'd/test/b/2.png')
  expect(codeOf(() => fileDataset(files))).toBe('dataset/several-sets')
  expect(fileDataset(files, { folder: 'test' }).samples.map(({ source }) => source)).toEqual([
    'd/test/a/1.png',
    'd/test/b/2.png',
  ])
  expect(codeOf(() => fileDataset(files, { folder: 'val' }))).toBe('dataset/no-class-folder')
})

test('classes that are given set the labels', () => {
  const files = entries('cat/1.png', 'dog/2.png')
  expect(fileDataset(files, { classes: ['dog', 'cat'] }).samples.map(({ label }) => label)).toEqual([0, 1])
  expect(codeOf(() => fileDataset(files, { classes: ['cat'] }))).toBe('dataset/unknown-class')
  expect(codeOf(() => fileDataset(files, { classes: ['cat', 'dog', 'owl'] }))).toBe('dataset/empty-class')
  const { classes, skipped } = fileDataset(files, { classes: ['cat', 'dog', 'owl'], onError: 'skip' })
  expect(classes).toEqual(['cat', 'dog', 'owl'])
  expect(skipped.map(({ code }) => code)).toEqual(['dataset/empty-class'])
})

test('problems have the codes of ImageFolder', async () => {
  expect(codeOf(() => fileDataset([]))).toBe('dataset/no-images')
  expect(codeOf(() => fileDataset(entries('1.png', '2.png')))).toBe('dataset/no-class-folder')
  expect(codeOf(() => fileDataset(entries('cat/1.png', 'cat/notes.txt')))).toBe('dataset/unsupported-file')
  const chosen = await imageFiles(entries('cat/1.png', 'cat/notes.txt', 'dog/notes.txt'))
  expect(chosen.leftOut.map(({ reason }) => reason)).toEqual(['not an image', 'not an image'])
  expect(codeOf(() => fileDataset(chosen))).toBe('dataset/empty-class')
  expect(fileDataset(chosen, { onError: 'skip' }).classes).toEqual(['cat', 'dog'])
  expect(codeOf(() => fileDataset([{ path: 'a/1.png' }] as never))).toBe('options/invalid')
})

test('ten thousand files take less than a second or two', () => {
  const many = entries(...Array.from({ length: 10_000 }, (_, i) => `photos/class ${i % 100}/${i}.png`))
  const start = performance.now()
  expect(fileDataset(many).samples.length).toBe(10_000)
  expect(performance.now() - start).toBeLessThan(20_000)
})

test('names are in the order of their UTF-8 bytes', () => {
  const names = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(names, names, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
    }),
    { numRuns: 2000 },
  )
  expect(byCodePoint('\uff5e', '\u{1f600}')).toBeLessThan(0)
})
