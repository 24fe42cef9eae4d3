import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { joined } from '../../src/bytes.js'
import { type ImageDataset, readSample } from '../../src/data/dataset/dataset.js'
import { ImageFolder } from '../../src/data/dataset/ImageFolder.node.js'
import { createLoader } from '../../src/data/loader/createLoader.js'
import { openZip } from '../../src/io/zip/openZip.js'
import { unpackZip } from '../../src/io/zip/unpackZip.node.js'
import { openProject } from '../../src/project/openProject.js'
import { type Project, projectSets } from '../../src/project/Project.js'
import { saveProject } from '../../src/project/saveProject.js'
import { writeProject } from '../../src/project/writeProject.node.js'
import { compose } from '../../src/transforms/compose.js'
import { resize } from '../../src/transforms/resize.js'
import { toTensor } from '../../src/transforms/toTensor.js'
import { errorOf, png } from '../data/support.js'
import { HOSTILE_NAMES } from '../support/hostileNames.js'
import { zip } from '../support/zip.js'

const directory = await mkdtemp(join(tmpdir(), 'project-'))
afterAll(() => rm(directory, { recursive: true }))

const images = await Promise.all([0, 1, 2, 3].map(async (seed) => new Uint8Array(await png(12, 10, seed))))
/** Images in memory, by their sources and labels. */
const datasetOf = (classes: readonly string[], samples: readonly (readonly [string, number])[]): ImageDataset => ({
  classes,
  samples: samples.map(([source, label]) => ({ source, label })),
  read: async (index) => images[index % images.length]!.slice(),
})
const pets = datasetOf(
  ['dog', 'cat'],
  [
    ['/photos/b.png', 0],
    ['C:\\photos\\a.png', 1],
    ['https://example.org/my%20cat.png?size=2', 1],
    ['capture', 0],
  ],
)

async function bytesOf(project: Project): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of saveProject(project)) pieces.push(piece)
  return joined(pieces)
}

const project = { dataset: pets, validation: [1, 3], classifier: Uint8Array.of(1, 2, 3), settings: { epochs: 5 } }
const saved = await bytesOf(project)
const text = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const json = { format: 'onnx-finetune project', version: 1, classes: [{ name: 'a', folder: 'a' }] }
/** An archive with this project.json, and these images. */
const hostile = (value: unknown, ...names: readonly string[]) =>
  zip({ ...Object.fromEntries(names.map((name) => [name, images[0]!])), 'project.json': text(value) })

describe('a project', () => {
  test('is opened as it was saved: images in their order, labels, validation, classifier, settings', async () => {
    const opened = await openProject(saved)
    expect(opened.dataset.classes).toEqual(['dog', 'cat'])
    expect(opened.dataset.samples.map(({ label }) => label)).toEqual([0, 1, 1, 0])
    for (const index of images.keys()) expect(await readSample(opened.dataset, index)).toEqual(images[index])
    expect({ ...opened, dataset: undefined }).toEqual({ ...project, dataset: undefined })
  })

  test('keeps several labels, numbers, weights and groups of images', async () => {
    const samples = [
      { source: 'a.png', label: 1, labels: [1, 0], weight: 2 },
      { source: 'b.png', label: 0, labels: [], group: 'herd' },
      { source: 'c.png', label: 0, values: [0.5, -1] },
      { source: 'd.png', label: 0 },
    ]
    const { dataset } = await openProject(await bytesOf({ dataset: { ...pets, samples } }))
    const named = samples.map(({ source, ...more }) => ({
      source: `images/${pets.classes[more.label]}/${source}`,
      ...more,
    }))
    expect(dataset.samples).toEqual(named)
  })

  test.each([
    [{ labels: [3] }, 'labels.0 of images/a/x.png must be below 1, the number of classes'],
    [{ values: [1, 2] }, 'values of images/a/x.png must be 1 numbers'],
    [{ weight: -1 }, 'samples.images/a/x.png.weight'],
  ])('refuses targets that are none: %j', async (sample, problem) => {
    const archive = hostile({ ...json, samples: { 'images/a/x.png': sample } }, 'images/a/x.png')
    const error = await errorOf(openProject(archive))
    expect(error.code).toBe('project/damaged')
    expect(error.message).toContain(problem)
  })

  test('is the same from bytes, a blob, a path and a URL, and saved again it is equal to the byte', async () => {
    const path = join(directory, 'a.finetune.zip')
    await writeProject(project, path)
    expect(new Uint8Array(await readFile(path))).toEqual(saved)
    for (const source of [saved, new Blob([saved as BlobPart]), path, pathToFileURL(path)])
      expect(await bytesOf(await openProject(source))).toEqual(saved)
  })

  test('is written over the file that it was opened from', async () => {
    const path = join(directory, 'over.finetune.zip')
    await writeProject(project, path)
    const opened = await openProject(path)
    const [, ...rest] = opened.dataset.samples
    const read = (index: number) => opened.dataset.read!(index + 1)
    await writeProject({ dataset: { ...opened.dataset, samples: rest, read } }, path)
    const { dataset } = await openProject(path)
    expect(dataset.samples.map(({ label }) => label)).toEqual([1, 1, 0])
    const stale = await errorOf(opened.dataset.read!(3))
    expect(stale.code).toBe('project/damaged-image')
  })

  test('unpacks to a folder that ImageFolder opens, its names taken from the sources', async () => {
    const into = join(directory, 'unpacked')
    await unpackZip(saved, into)
    const { classes, samples } = await ImageFolder(join(into, 'images'))
    expect(classes).toEqual(['cat', 'dog'])
    expect(samples.map(({ source }) => source.slice(into.length + 1).replaceAll('\\', '/'))).toEqual([
      'images/cat/a.png',
      'images/cat/my cat.png',
      'images/dog/b.png',
      'images/dog/capture.png',
    ])
  })

  test('is loaded by workers, which get each image alone', async () => {
    const { dataset } = await openProject(saved)
    expect((await dataset.read!(0)).buffer.byteLength).toBe(images[0]!.length)
    const loader = createLoader(dataset, {
      transform: compose([resize([8, 8]), toTensor()]),
      batchSize: 4,
      shuffle: false,
      seed: 0,
      workers: 1,
    })
    for await (const { images, indices } of loader.epoch(0))
      expect([...images.dims, ...indices]).toEqual([4, 3, 8, 8, 0, 1, 2, 3])
    expect(loader.skipped).toEqual([])
    await loader.close()
  })

  test('gives the two sets of a run', async () => {
    const { train, validation } = projectSets(await openProject(saved))
    expect(train.samples.map(({ source }) => source)).toEqual(['images/dog/b.png', 'images/cat/my cat.png'])
    expect(await readSample(validation!, 1)).toEqual(images[3])
    expect(projectSets({ dataset: pets }).validation).toBeUndefined()
  })

  test('without images keeps its classes', async () => {
    const { dataset, classifier } = await openProject(await bytesOf({ dataset: datasetOf(['a', 'b'], []) }))
    expect([dataset.classes, dataset.samples, classifier]).toEqual([['a', 'b'], [], undefined])
  })
})

describe('names', () => {
  const NAMES = [
    ...HOSTILE_NAMES.map((name) => name.replaceAll('/', '-')),
    '..',
    '.hidden',
    'a/../../b',
    'CON',
    'nul.txt',
    'ends. ',
    '',
    'A',
    'a',
    'é',
    'e\u0301',
    '\ud800',
    'x'.repeat(500),
    '一'.repeat(100),
  ]

  test('of classes are kept exactly, whatever folders can be called', async () => {
    const dataset = datasetOf(
      NAMES,
      NAMES.map((_, label) => ['/photos/1.png', label] as const),
    )
    const bytes = await bytesOf({ dataset })
    const opened = await openProject(bytes)
    // A lone surrogate is no text in a file: JSON escapes it.
    expect(opened.dataset.classes).toEqual(NAMES)
    expect(opened.dataset.samples.map(({ label }) => label)).toEqual([...NAMES.keys()])
    await unpackZip(bytes, join(directory, 'names'), undefined, 'win32')
    expect((await ImageFolder(join(directory, 'names', 'images'))).samples).toHaveLength(NAMES.length)
  })

  test('of images that are there twice are numbered, upper case or not', async () => {
    const names = ['1.png', '1.PNG', 'a/1.png', '1 (2).png', ...NAMES]
    const dataset = datasetOf(
      ['a'],
      names.map((name) => [name, 0] as const),
    )
    const bytes = await bytesOf({ dataset })
    const entries = [...openZip(bytes).keys()].filter((name) => name.startsWith('images/'))
    expect(entries.slice(0, 4)).toEqual([
      'images/a/1.png',
      'images/a/1 (2).PNG',
      'images/a/1 (3).png',
      'images/a/1 (2) (2).png',
    ])
    expect(new Set(entries.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(names.length)
    expect((await openProject(bytes)).dataset.samples).toHaveLength(names.length)
    await unpackZip(bytes, join(directory, 'twice'), undefined, 'win32')
  })
})

describe('an archive that other tools changed', () => {
  test('is opened: moved and added images have the class of their folder, a new folder is a class', async () => {
    const changed = hostile(
      { ...json, validation: ['images/a/2.png', 'images/a/gone.png'] },
      'images/a/1.png',
      'images/a/deep/2.png',
      'images/a/2.png',
      'images/new/3.png',
      'images/a/.DS_Store',
      '__MACOSX/images/a/._1.png',
      'notes.txt',
    )
    const { dataset, validation } = await openProject(changed)
    expect(dataset.classes).toEqual(['a', 'new'])
    expect(dataset.samples).toEqual([
      { source: 'images/a/1.png', label: 0 },
      { source: 'images/a/deep/2.png', label: 0 },
      { source: 'images/a/2.png', label: 0 },
      { source: 'images/new/3.png', label: 1 },
    ])
    expect(validation).toEqual([2])
  })

  test.skipIf(spawnSync('python3', ['--version']).error !== undefined)('by Python, compressed, is opened', async () => {
    await mkdir(join(directory, 'python', 'images', 'a'), { recursive: true })
    await writeFile(join(directory, 'python', 'images', 'a', 'ü.png'), images[0]!)
    await writeFile(join(directory, 'python', 'project.json'), JSON.stringify(json))
    const code = 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[1])'
    execFileSync('python3', ['-X', 'utf8', '-c', code, join(directory, 'python')])
    const { dataset } = await openProject(join(directory, 'python.zip'))
    expect(await readSample(dataset, 0)).toEqual(images[0])
  })
})

describe('what is no project is refused:', () => {
  const damaged = saved.slice()
  damaged[60]! ^= 1
  test.each([
    ['an archive without project.json', zip({ a: images[0]! }), 'project/not-a-project', 'no project.json'],
    ['another file', images[0]!, 'project/damaged', 'no directory'],
    ['a truncated one', saved.subarray(0, -30), 'project/damaged', 'cut off'],
    [
      'a path out of the folder',
      hostile(json, 'images/a/../../../evil.png'),
      'project/damaged',
      'outside the directory',
    ],
    ['an absolute path', hostile(json, '/images/a/evil.png'), 'project/damaged', 'outside the directory'],
    ['a path with a backslash', hostile(json, 'images/a/..\\evil.png'), 'project/damaged', 'outside the directory'],
    ['text that is not JSON', hostile('{'), 'project/damaged', 'not JSON'],
    ['other JSON', hostile([]), 'project/damaged', 'project.json'],
    ['no classes', hostile({ ...json, classes: [] }), 'project/damaged', 'classes'],
    [
      'two classes of one name',
      hostile({
        ...json,
        classes: [
          { name: 'a', folder: 'a' },
          { name: 'a', folder: 'b' },
        ],
      }),
      'project/damaged',
      'one name',
    ],
    [
      'two classes in one folder',
      hostile({
        ...json,
        classes: [
          { name: 'a', folder: 'a' },
          { name: 'b', folder: 'a' },
        ],
      }),
      'project/damaged',
      'one folder',
    ],
    [
      'a new folder with the name of a class',
      hostile({ ...json, classes: [{ name: 'b', folder: 'a' }] }, 'images/b/1.png'),
      'project/damaged',
      'class b twice',
    ],
    ['a later version', hostile({ ...json, version: 2 }), 'project/newer-version', 'Update'],
    [
      'a project.json that claims gigabytes',
      zip({ 'project.json': text('{}') }, { deflate: true, claim: { 'project.json': 2 ** 31 } }),
      'project/damaged',
      'times as much',
    ],
  ])('%s', async (_, bytes, code, says) => {
    const error = await errorOf(openProject(bytes))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(says)])
  })

  test('a file that is not there', async () => {
    expect((await errorOf(openProject(join(directory, 'none.zip')))).code).toBe('project/unreadable')
  })

  test('a damaged image is an error of that image alone, which a loader may skip', async () => {
    const { dataset } = await openProject(damaged)
    const error = await errorOf(readSample(dataset, 0))
    expect([error.code, error.message]).toEqual(['data/unreadable', expect.stringContaining('CRC-32')])
    expect(await readSample(dataset, 1)).toEqual(images[1])
  })
})

describe('a project that cannot be written', () => {
  test('leaves what was there, and nothing beside it', async () => {
    const path = join(directory, 'kept.zip')
    await writeFile(path, 'kept')
    const unreadable = {
      ...pets,
      read: async (index: number) => (index < 2 ? images[0]! : Promise.reject(new Error('gone'))),
    }
    expect((await errorOf(writeProject({ dataset: unreadable }, path))).code).toBe('data/unreadable')
    expect(await readFile(path, 'utf8')).toBe('kept')
    expect((await errorOf(writeProject(project, join(directory, 'no', 'such', 'a.zip')))).code).toBe(
      'file/cannot-write',
    )
  })

  test('because it is aborted ends with the reason', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const writing = writeProject(project, join(directory, 'aborted.zip'), {
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(reason),
    })
    await expect(writing).rejects.toBe(reason)
    await expect(readFile(join(directory, 'aborted.zip'))).rejects.toThrow('ENOENT')
  })
})
