import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadBackbone } from '../src/backbones/loadBackbone.js'
import { joined } from '../src/bytes.js'
import { train } from '../src/cli/commands/train.js'
import { keptCommand } from '../src/cli/finetune/checkpoints.js'
import { parse } from '../src/cli/options/program.js'
import { readSample } from '../src/data/dataset/dataset.js'
import { ImageReader } from '../src/deploy/ImageReader.js'
import { readMetadata, writeMetadata } from '../src/deploy/metadata.js'
import { isFineTuneError } from '../src/errors.js'
import { CheckpointFiles } from '../src/finetune/checkpoint/CheckpointFiles.js'
import { differences } from '../src/finetune/checkpoint/identityOf.js'
import { statePieces } from '../src/finetune/checkpoint/stateFile.js'
import { FeatureColumn } from '../src/finetune/features/FeatureColumn.js'
import { featurePieces, readFeatures } from '../src/finetune/features/featureFile.js'
import { digest, digestOfJson } from '../src/io/download/digest.js'
import { unpackZip } from '../src/io/zip/unpackZip.node.js'
import { ZipError } from '../src/io/zip/ZipError.js'
import { loadAdapters, saveAdapters } from '../src/model/adapterFiles.js'
import { lora } from '../src/model/lora.js'
import { saveWeights } from '../src/model/saveWeights.js'
import type { StoredFile } from '../src/platform/contract.js'
import { openProject } from '../src/project/openProject.js'
import { saveProject } from '../src/project/saveProject.js'
import { rgbImage } from '../src/transforms/rgbImage.js'
import { readSafetensors } from '../src/weights/readSafetensors.js'
import { writeSafetensors } from '../src/weights/writeSafetensors.js'
import { smallResnet18 } from './finetune/support/smallRun.js'
import { stateOf } from './support/runState.js'
import { type Format, surviveMutations } from './support/surviveMutations.js'
import { zip } from './support/zip.js'

const directory = await mkdtemp(join(tmpdir(), 'mutations-'))
afterAll(() => rm(directory, { recursive: true }))
const inside = (name: string) => join(directory, name)
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value, null, 1))
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const model = await smallResnet18()

const columns = new Map([
  ['pooled', new FeatureColumn(7, [3], 64)],
  ['wide', new FeatureColumn(7, [2, 9], 64)],
])
const shapes = new Map([
  ['pooled', [3]],
  ['wide', [2, 9]],
])

async function featureFile(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of featurePieces(columns, 64)) pieces.push(piece.slice())
  return joined(pieces)
}

const projectJson = {
  format: 'onnx-finetune project',
  version: 1,
  classes: [{ name: 'a', folder: 'a' }],
  validation: ['images/a/1.png'],
  settings: { epochs: 3 },
}

async function projectFile(): Promise<Uint8Array> {
  const samples = ['one.png', 'two.png'].map((source, label) => ({ source, label }))
  const dataset = {
    classes: ['a', 'b'],
    samples,
    read: async (index: number) => new Uint8Array(50 + index).fill(index),
  }
  const pieces: Uint8Array[] = []
  for await (const piece of saveProject({ dataset, validation: [1], classifier: new Uint8Array(60) }))
    pieces.push(piece)
  return joined(pieces)
}

const stored = (bytes: Uint8Array): StoredFile => ({
  size: bytes.length,
  read: async (begin, end) => new Uint8Array(bytes.slice(begin, end)),
  close: async () => {},
})

const kept = readSafetensors(joined(await statePieces(stateOf())))

/** A checkpoint that says something else, by somebody who can sign it. */
async function signed(run: string): Promise<Uint8Array> {
  const parts = [await digest('SHA-256', new TextEncoder().encode(run))]
  for (const name of [...kept.tensors.keys()].sort()) {
    const { buffer } = kept.tensors.get(name)!.data as Float32Array<ArrayBuffer>
    parts.push(name, await digest('SHA-256', new Uint8Array(buffer)))
  }
  const sha256 = await digestOfJson(parts)
  return writeSafetensors(kept.tensors, new Map([...kept.metadata, ['run', run], ['sha256', sha256]]))
}

/** A safetensors file in order, with this text in the place of one of its facts. */
function withFact(fact: string, text: string): Uint8Array {
  const { tensors, metadata } = readSafetensors(saveWeights(model))
  return writeSafetensors(tensors, new Map([...metadata, [fact, text]]))
}

const metadata = writeMetadata(model, 'float32')
const savedMetadata = readSafetensors(saveWeights(model)).metadata
const anImage = rgbImage(new Uint8Array(12), 2, 2)

const formats: Readonly<Record<string, Format>> = {
  'zip archives': {
    files: [
      zip({ 'a/b.txt': bytesOf('b'), 'a/c/d': new Uint8Array(99), 'a/': new Uint8Array() }),
      zip({ a: new Uint8Array(9).fill(7), b: bytesOf([1, 2, 3]) }, { deflate: true }),
      zip({ a: bytesOf('a') }, { zip64: true }),
    ],
    async read(bytes) {
      const into = inside('unpacked')
      await rm(into, { recursive: true, force: true })
      await unpackZip(bytes, into).catch((error: unknown) => {
        // downloadArchive makes a typed error of what is wrong with the archive, and of what the disk cannot take.
        if (!(error instanceof ZipError) && !(error as NodeJS.ErrnoException).syscall) throw error
      })
      expect((await readdir(directory)).filter((name) => /^[ab.]/.test(name))).toEqual([])
    },
  },
  projects: {
    files: [await projectFile()],
    async read(bytes) {
      const { dataset, validation } = await openProject(bytes)
      for (const { label } of dataset.samples) expect(label).toBeLessThan(dataset.classes.length)
      for (const index of validation) expect(index).toBeLessThan(dataset.samples.length)
      for (const index of dataset.samples.keys()) await readSample(dataset, index)
    },
  },
  'a file of adapters': {
    files: [saveAdapters(lora(model, { rank: 1, pattern: /layer1/ }))],
    read: async (bytes) => expect(loadAdapters(model, bytes).adapters!.rank).toBeLessThan(1e6),
  },
  'project.json': {
    files: [bytesOf(projectJson)],
    read: (bytes) => openProject(zip({ 'images/a/1.png': new Uint8Array(9), 'project.json': bytes })),
  },
  'checkpoints of a run': {
    files: [joined(await statePieces(stateOf()))],
    async read(bytes) {
      await writeFile(inside('step-00000001.safetensors'), bytes)
      const found = await new CheckpointFiles(directory).find()
      expect(found?.state.position.epoch).toBeGreaterThan(0)
    },
  },
  'what a checkpoint of a run says, under its right digest': {
    files: [new TextEncoder().encode(kept.metadata.get('run'))],
    async read(bytes) {
      await writeFile(inside('step-00000001.safetensors'), await signed(textOf(bytes)))
      const found = await new CheckpointFiles(directory).find()
      expect(found?.state.position.epoch).toBeGreaterThan(0)
    },
  },
  'features that are kept': {
    files: [await featureFile()],
    async read(bytes) {
      const read = await readFeatures(stored(bytes), shapes, 7, 64)
      for (const [name, column] of read ?? []) expect(column.dims).toEqual(shapes.get(name))
    },
  },
  'config files': {
    files: [bytesOf({ epochs: 3, 'batch-size': 8, freeze: 'layer3', flip: false, reuse: ['a=1'] })],
    async read(bytes) {
      await writeFile(inside('config.json'), bytes)
      await parse(train, ['photos', '--config', inside('config.json')])
    },
  },
  'how a run was started': {
    files: [bytesOf({ images: 'photos', from: '/home' })],
    async read(bytes) {
      await writeFile(inside('command.json'), bytes)
      const { argv, from } = await keptCommand(directory)
      expect([...argv, from].every((word) => typeof word === 'string')).toBe(true)
    },
  },
  'class names of a classifier': {
    files: [bytesOf(['hotdog', 'not-hotdog'])],
    read: (bytes) => readMetadata(new Map([...metadata, ['classes', textOf(bytes)]]), 'a file'),
  },
  'calibration of a classifier': {
    files: [bytesOf({ temperature: 1.5, threshold: 0.25 })],
    read(bytes) {
      const { calibration } = readMetadata(new Map([...metadata, ['calibration', textOf(bytes)]]), 'a file')
      expect(calibration!.temperature).toBeGreaterThan(0)
      expect(calibration!.threshold).toSatisfy(Number.isFinite)
    },
  },
  'preprocessing of a classifier': {
    files: [new TextEncoder().encode(metadata.get('preprocessing'))],
    async read(bytes) {
      const said = readMetadata(new Map([...metadata, ['preprocessing', textOf(bytes)]]), 'a file')
      // Larger images take the memory that they take.
      if (said.preprocessing.crop <= 500)
        await new ImageReader(said.preprocessing, {}).read([{ name: 'an image', content: anImage }])
    },
  },
  ...Object.fromEntries(
    [...savedMetadata].map(([fact, text]): [string, Format] => [
      `${fact} of saved weights`,
      {
        files: [new TextEncoder().encode(text)],
        read: (bytes) => loadBackbone('resnet18', { weights: withFact(fact, textOf(bytes)) }),
      },
    ]),
  ),
}

surviveMutations(formats)

const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
const PROTOTYPES = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "polluted": 1}'
const LONG = JSON.stringify('x'.repeat(2_000_000))

/** A safetensors file with this header. */
function safetensors(header: string): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

/** Where JSON of unknown origin is read. */
const places: Readonly<Record<string, (json: string) => unknown>> = {
  'a header of safetensors': (json) => readSafetensors(safetensors(json)),
  'a tensor of safetensors': (json) => readSafetensors(safetensors(`{"a": ${json}}`)),
  'a dtype of safetensors': (json) => readSafetensors(safetensors(`{"a": {"dtype": ${json}}}`)),
  'metadata of safetensors': (json) => readSafetensors(safetensors(`{"__metadata__": {"a": ${json}}}`)),
  'a name in safetensors': (json) => readSafetensors(safetensors(`{${JSON.stringify(json)}: 1}`)),
  'class names': (json) => readMetadata(new Map([...metadata, ['classes', json]]), 'a file'),
  calibration: (json) => readMetadata(new Map([...metadata, ['calibration', json]]), 'a file'),
  preprocessing: (json) => readMetadata(new Map([...metadata, ['preprocessing', json]]), 'a file'),
  'facts of saved weights': (json) => loadBackbone('resnet18', { weights: withFact('preprocessing', json) }),
  'a checkpoint': (json) =>
    formats['what a checkpoint of a run says, under its right digest']!.read(new TextEncoder().encode(json)),
  'the identity of a checkpoint': async (json) => {
    const run = kept.metadata.get('run')!.replace(/"identity":\{.*?\}/, () => `"identity":${json}`)
    await writeFile(inside('step-00000001.safetensors'), await signed(run))
    const found = await new CheckpointFiles(directory).find()
    differences(found!.state.identity, {})
  },
  'a project': (json) => formats['project.json']!.read(new TextEncoder().encode(json)),
  'the settings of a project': (json) =>
    formats['project.json']!.read(
      new TextEncoder().encode(JSON.stringify(projectJson).replace('{"epochs":3}', () => json)),
    ),
  'a config file': (json) => formats['config files']!.read(new TextEncoder().encode(json)),
  'an option of a config file': (json) =>
    formats['config files']!.read(new TextEncoder().encode(`{"epochs": ${json}}`)),
  'an unknown option of a config file': (json) =>
    formats['config files']!.read(new TextEncoder().encode(`{"constructor": ${json}}`)),
  'how a run was started': (json) => formats['how a run was started']!.read(new TextEncoder().encode(json)),
}

test.each(Object.entries(places))(
  'JSON that is deep, long or of prototypes is read or refused: %s',
  async (_, read) => {
    for (const json of [DEEP, PROTOTYPES, LONG]) {
      const refused = await Promise.resolve(json)
        .then(read)
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      if (refused !== undefined && !isFineTuneError(refused)) throw refused
      expect(refused?.message.length ?? 0).toBeLessThan(5000)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  },
)
