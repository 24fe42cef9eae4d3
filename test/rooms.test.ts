import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'

/** The rooms of the house, top first. A room imports from itself and from rooms above it. */
const ROOMS = [
  'shown',
  'printable',
  'errors',
  'arguments',
  'random',
  'bytes',
  'options',
  'TimeSlicer',
  'platform',
  'io',
  'threads',
  'cluster',
  'onnx',
  'contract',
  'autodiff',
  'lowering',
  'optim',
  'artifacts',
  'runtime',
  'session',
  'ort-training',
  'weights',
  'backbones',
  'model',
  'transforms',
  'probe',
  'data',
  'finetune',
  'labels',
  'calibration',
  'evaluation',
  'recipe',
  'deploy',
  'embedding',
  'explanation',
  'project',
  'report',
  'progress',
  'jobs',
  'index',
  'node',
  'cluster.node',
  'worker.web',
  'web',
  'training',
  'cli',
] as const

/** Pairs that the order would allow and the design forbids. */
const STRANGERS: Record<string, readonly string[]> = {
  onnx: ['platform', 'io', 'threads'],
  contract: ['platform', 'io', 'threads'],
  autodiff: ['platform', 'io', 'threads'],
  lowering: ['platform', 'io', 'threads', 'autodiff'],
  optim: ['platform', 'io', 'threads', 'lowering', 'autodiff'],
  backbones: ['contract', 'autodiff', 'lowering', 'optim', 'artifacts', 'runtime', 'session', 'ort-training'],
  weights: ['contract', 'autodiff', 'lowering', 'optim', 'artifacts', 'runtime', 'session', 'ort-training'],
  model: ['contract', 'runtime', 'session', 'ort-training', 'artifacts', 'lowering', 'autodiff'],
  transforms: ['model', 'backbones', 'weights', 'contract', 'runtime', 'session', 'ort-training', 'artifacts'],
  data: ['model', 'backbones', 'contract', 'runtime', 'session', 'ort-training', 'artifacts', 'lowering', 'autodiff'],
}

const src = resolve('src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(src, file), 'utf8').matchAll(
      /(?:^(?:import|export)\s[^'"`;]*?from|^import|\bimport\()\s*['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => match[1]!)
const local = (file: string): string[] =>
  importsOf(file)
    .map((name) => (name === '#platform' ? '../platform/contract.js' : name))
    .filter((name) => name.startsWith('.') || name === '../platform/contract.js')
    .map((name) =>
      name === '../platform/contract.js'
        ? join('platform', 'contract.ts')
        : relative(src, resolve(src, dirname(file), name.replace(/\.js$/, '.ts'))),
    )
const roomOf = (file: string): string => file.split(sep)[0]!.replace(/\.ts$/, '')

const isNode = (file: string): boolean =>
  file.endsWith('.node.ts') || file.startsWith(join('platform', 'node') + sep) || roomOf(file) === 'cli'
const isWeb = (file: string): boolean =>
  file.endsWith('.web.ts') || file.startsWith(join('platform', 'web') + sep) || file === 'web.ts'

describe('the rooms of the house', () => {
  test('every file lies in a room that the design knows', () => {
    expect(files.map(roomOf).filter((room) => !ROOMS.includes(room as never))).toEqual([])
  })

  test('a room imports only from itself and from rooms above it', () => {
    const rank = (file: string) => ROOMS.indexOf(roomOf(file) as never)
    const wrong = files.flatMap((file) =>
      local(file)
        .filter((target) => rank(target) > rank(file) || STRANGERS[roomOf(file)]?.includes(roomOf(target)))
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('no import is circular', () => {
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error([...path.slice(path.indexOf(file)), file].join(' -> '))
      if (done.has(file)) return
      for (const target of local(file)) if (files.includes(target)) visit(target, [...path, file])
      done.add(file)
    }
    expect(() => {
      for (const file of files) visit(file, [])
    }).not.toThrow()
  })

  test('no folder imports, by any way, from a folder that imports from it', () => {
    // A room's errors are the ground that all of its folders stand on.
    const folderOf = (file: string) => (basename(file) === 'errors.ts' ? file : dirname(file))
    const folders = new Map<string, Set<string>>()
    for (const file of files.filter((name) => name.includes(sep))) {
      const known = folders.get(folderOf(file)) ?? new Set<string>()
      for (const target of local(file)) if (folderOf(target) !== folderOf(file)) known.add(folderOf(target))
      folders.set(folderOf(file), known)
    }
    const done = new Set<string>()
    const visit = (folder: string, path: readonly string[]): void => {
      if (path.includes(folder)) throw new Error([...path.slice(path.indexOf(folder)), folder].join(' -> '))
      if (done.has(folder)) return
      for (const target of folders.get(folder) ?? []) visit(target, [...path, folder])
      done.add(folder)
    }
    expect(() => {
      for (const folder of folders.keys()) visit(folder, [])
    }).not.toThrow()
  })

  test('Node built-ins stay in platform/node, in files *.node.ts and in the command line, which the isomorphic face never reaches', () => {
    const leaks = files.filter(
      (file) => !isNode(file) && (importsOf(file).some((name) => name.startsWith('node:')) || usesGlobals(file)),
    )
    expect(leaks).toEqual([])

    expect(reachedFrom(['index.ts', 'training.ts', 'web.ts']).filter(isNode)).toEqual([])
  })

  test('what only pages have stays in platform/web, in files *.web.ts and in web.ts, which the isomorphic face never reaches', () => {
    // Node has a Worker of its own.
    expect(files.filter((file) => !isWeb(file) && !isNode(file) && usesPage(file))).toEqual([])
    expect(
      reachedFrom(['index.ts', 'training.ts', 'node.ts', 'cluster.node.ts', join('cli', 'bin.ts')]).filter(isWeb),
    ).toEqual([])
  })

  test('jimp and sharp, which pages do not have, are imported by the platform of Node alone', () => {
    const images = files.filter((file) => importsOf(file).some((name) => name === 'jimp' || name === 'sharp'))
    expect(images.length).toBeGreaterThan(0)
    expect(images.filter((file) => !file.startsWith(join('platform', 'node') + sep))).toEqual([])
  })

  test('the faces list their names one by one', () => {
    for (const face of ['index.ts', 'node.ts', 'cluster.node.ts', 'training.ts', 'web.ts'])
      expect(readFileSync(join(src, face), 'utf8')).not.toMatch(/export \*|export default/)
  })
})

/** Every file that these import, directly or not. */
function reachedFrom(faces: readonly string[]): readonly string[] {
  const reached = new Set<string>()
  const visit = (file: string): void => {
    if (reached.has(file)) return
    reached.add(file)
    for (const target of local(file)) visit(target)
  }
  for (const face of faces) visit(face)
  return [...reached]
}

/** The code of a file without its comments and texts. */
const codeOf = (file: string): string =>
  readFileSync(join(src, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|"[^"\n]*"/g, '')

const usesGlobals = (file: string): boolean => /\b(process|Buffer|__dirname|require)\s*[.(]/.test(codeOf(file))

/** Tells whether a file uses a class or an object that only pages and their workers have. */
const usesPage = (file: string): boolean =>
  /\b(document|navigator|caches|indexedDB|localStorage|location|self)\s*[.?!]|\bcreateImageBitmap\(|\bnew (Worker|OffscreenCanvas|ImageData|VideoFrame|ImageDecoder)\b|\binstanceof (HTML\w+|Image\w+|OffscreenCanvas|VideoFrame|File)\b/.test(
    codeOf(file),
  )
