import { symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { directoryOf, errorOf } from './support.js'

const files = (...names: string[]) => directoryOf(Object.fromEntries(names.map((name) => [name, 'x'])))

describe('ImageFolder', () => {
  test('classes and files are sorted by code point, sub-folders walked in the order of torchvision', async () => {
    // The expected order is that of Python's `for root, _, names in sorted(os.walk(...)): for name in sorted(names)`.
    const names = [
      'b/z.JPG',
      'b/a.png',
      'b/sub/c.png',
      'b/sub-1/d.png',
      'b/sub/deep/e.jpeg',
      'B/1.png',
      'a/10.png',
      'a/9.png',
    ]
    const directory = await files(...names, 'ä/1.png')
    const dataset = await ImageFolder(directory)
    expect(dataset.classes).toEqual(['B', 'a', 'b', 'ä'])
    expect(dataset.samples.map(({ source, label }) => `${label} ${relative(directory, source)}`)).toEqual([
      '0 B/1.png',
      '1 a/10.png',
      '1 a/9.png',
      '2 b/a.png',
      '2 b/z.JPG',
      '2 b/sub/c.png',
      '2 b/sub-1/d.png',
      '2 b/sub/deep/e.jpeg',
      '3 ä/1.png',
    ])
    expect(dataset.skipped).toEqual([])
  })

  test('hidden files and folders, and files beside the classes, are ignored', async () => {
    const directory = await files('a/1.png', 'a/.DS_Store', 'a/.cache/2.png', '.git/config', 'README.md')
    const { classes, samples } = await ImageFolder(pathToFileURL(directory))
    expect(classes).toEqual(['a'])
    expect(samples.map(({ source }) => source)).toEqual([join(directory, 'a/1.png')])
  })

  test('links are followed, a link to a folder around it is not', async () => {
    const directory = await files('a/1.png', 'b/2.png')
    await symlink(join(directory, 'b'), join(directory, 'a/more'))
    await symlink(join(directory, 'a'), join(directory, 'a/loop'))
    const { samples } = await ImageFolder(directory)
    expect(samples.map(({ source }) => relative(directory, source))).toEqual(['a/1.png', 'a/more/2.png', 'b/2.png'])
  })

  test('a missing directory, a file, an empty directory', async () => {
    const directory = await files('file')
    const missing = await errorOf(ImageFolder(join(directory, 'nowhere')))
    expect(missing.code).toBe('dataset/no-directory')
    expect(missing.message).toContain(`${join(directory, 'nowhere')} is missing`)
    const file = await errorOf(ImageFolder(join(directory, 'file')))
    expect(file.message).toContain(`${join(directory, 'file')} is not a directory`)
    const empty = await errorOf(ImageFolder(directory))
    expect(empty.code).toBe('dataset/no-class')
    expect(empty.message).toContain(directory)
  })

  test('an empty class is an error, or stays and is reported', async () => {
    const directory = await files('a/.keep', 'b/1.png')
    const error = await errorOf(ImageFolder(directory))
    expect(error.code).toBe('dataset/empty-class')
    expect(error.message).toContain(`The class a has no image (${join(directory, 'a')})`)
    const { classes, samples, skipped } = await ImageFolder(directory, { onError: 'skip' })
    expect(classes).toEqual(['a', 'b'])
    expect(samples.map(({ label }) => label)).toEqual([1])
    expect(skipped.map(({ code }) => code)).toEqual(['dataset/empty-class'])
  })

  test('an unsupported file is an error, or is left out and reported', async () => {
    const directory = await files('a/1.png', 'a/notes.txt', 'b/1.png')
    const error = await errorOf(ImageFolder(directory))
    expect(error.code).toBe('dataset/unsupported-file')
    expect(error.message).toContain(join(directory, 'a/notes.txt'))
    const { samples, skipped } = await ImageFolder(directory, { onError: 'skip' })
    expect(samples).toHaveLength(2)
    expect(skipped.map(({ facts }) => facts)).toMatchObject([{ path: join(directory, 'a/notes.txt') }])
  })

  test('the extensions are a choice', async () => {
    const directory = await files('a/1.png', 'a/2.PGM')
    const { samples } = await ImageFolder(directory, { extensions: ['.pgm', '.png'] })
    expect(samples).toHaveLength(2)
    expect((await errorOf(ImageFolder(directory, { extensions: ['png'] }))).code).toBe('options/invalid')
    expect((await errorOf(ImageFolder(directory, { extension: [] } as never))).code).toBe('options/invalid')
  })
})
