import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { evaluationOf } from '../../src/backbones/Architecture.js'
import { architectures } from '../../src/backbones/architectures.js'
import { imagenetClasses } from '../../src/backbones/imagenetClasses.js'
import { type LoadBackboneOptions, loadBackbone } from '../../src/backbones/loadBackbone.js'
import { type BackboneWeights, backboneWeights } from '../../src/backbones/weights.js'
import { isFineTuneError } from '../../src/errors.js'
import type { DownloadEvent } from '../../src/io/download/RemoteFile.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { writeSafetensors } from '../../src/weights/writeSafetensors.js'
import { type FileServer, honest, serve } from '../support/fileServer.js'

let cacheDirectory: string
let server: FileServer | undefined
beforeEach(async () => {
  cacheDirectory = await mkdtemp(join(tmpdir(), 'onnx-finetune-cache-'))
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await server?.close()
  await rm(cacheDirectory, { recursive: true })
})

const { graph } = await loadBackbone('resnet18', { weights: 'none', width: 2, imageSize: 32 })
const file = writeSafetensors(graph.initializers)

async function publish(facts: Partial<BackboneWeights> = {}): Promise<BackboneWeights> {
  server = await serve({ '/small.safetensors': honest(file) })
  const sha256 = createHash('sha256').update(file).digest('hex')
  const urls = [`${server.url}/small.safetensors`]
  const files = [{ file: 'small.safetensors', urls, bytes: file.length, sha256 }]
  return { ...backboneWeights[0]!, name: 'SMALL_V1', files, ...facts }
}
const load = (weights: LoadBackboneOptions['weights'], options: Partial<LoadBackboneOptions> = {}) =>
  loadBackbone('resnet18', { weights, width: 2, imageSize: 32, cacheDirectory, ...options })

describe('published weights', () => {
  test('are downloaded once, with their class names and preprocessing', async () => {
    const preprocessing = { resize: 232, crop: 224, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] }
    const weights = await publish({ preprocessing })
    const events: DownloadEvent[] = []
    const backbone = await load(weights, { onProgress: (event) => events.push(event) })
    expect(events.at(-1)).toMatchObject({ type: 'downloaded', path: join(cacheDirectory, 'small.safetensors') })
    expect(backbone.graph.initializers).toEqual(graph.initializers)
    expect(backbone.classes).toEqual(imagenetClasses)
    expect(backbone.preprocessing).toEqual({ resize: 33, crop: 32, mean: [0.1, 0.2, 0.3], std: [1, 2, 3] })
    await load(weights)
    expect(server!.requests).toHaveLength(1)
  })

  test('of which only the first digits of the hash are known, and not the length, are verified by these', async () => {
    const known = await publish()
    const { urls, sha256 } = known.files[0]!
    const as = (name: string, digits: string) => ({ ...known, files: [{ file: name, urls, sha256: digits }] })
    const error = await load(as('other.safetensors', '01234567')).catch((error) => error)
    expect(isFineTuneError(error, 'download/wrong-bytes')).toBe(true)
    const backbone = await load(as('same.safetensors', sha256.slice(0, 8)))
    expect(backbone.graph.initializers).toEqual(graph.initializers)
  })

  test('rows of the old head are found by name', async () => {
    const model = replaceHead(await load(await publish()), { classes: ['hotdog', 'no'], from: { hotdog: 'hotdog' } })
    const [old, now] = [graph.initializers.get('fc.weight')!.data, model.get('fc.weight').data] as Float32Array[]
    expect(now!.subarray(0, 16)).toEqual(old!.subarray(934 * 16, 935 * 16))
  })

  test('a record that is none is an options error', async () => {
    const weights = await publish({ files: [{ file: '../evil', urls: [], bytes: 1, sha256: 'zz' }] })
    const error = await load(weights).catch((error) => error)
    expect(isFineTuneError(error, 'options/invalid')).toBe(true)
  })

  test('an offline machine is told which file to put where', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND download.pytorch.org') })
    })
    const error = await loadBackbone('resnet18', { weights: 'IMAGENET1K_V1', cacheDirectory }).catch((error) => error)
    expect(isFineTuneError(error, 'download/failed')).toBe(true)
    const path = join(cacheDirectory, 'resnet18-f37072fd.pth')
    expect(error.message).toContain(`https://download.pytorch.org/models/resnet18-f37072fd.pth to ${path}`)
    expect(error.message).toContain('ENOTFOUND')
    expect(error.message).toContain('huggingface.co/timm/resnet18.tv_in1k')
  })
})

describe('the records', () => {
  test('name hashes that agree with the names of the files', () => {
    for (const { files } of backboneWeights) {
      // Of a file without digits in its name the whole hash.
      const [, digits = ''] = /-([0-9a-f]{8,10})\.pth$/.exec(files[0]!.file) ?? []
      expect(files[0]!.sha256.slice(0, digits.length)).toBe(digits)
      // The whole hash, or the digits that are published.
      for (const { sha256 } of files) expect([64, digits.length || 64]).toContain(sha256.length)
    }
  })

  test('there is one for every network, of the size that its authors evaluate it at', () => {
    expect(backboneWeights.map(({ backbone }) => backbone)).toEqual(architectures.map(({ name }) => name))
    for (const { backbone, preprocessing } of backboneWeights) {
      const architecture = architectures.find(({ name }) => name === backbone)!
      expect(preprocessing).toMatchObject(evaluationOf(architecture))
    }
  })

  test('ImageNet has a thousand different names', () => {
    expect(new Set(imagenetClasses).size).toBe(1000)
    expect([0, 134, 517, 934, 999].map((i) => imagenetClasses[i])).toEqual([
      'tench',
      'crane bird',
      'crane',
      'hotdog',
      'toilet tissue',
    ])
  })
})
