import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { readCheckpoint } from '../src/artifacts/readCheckpoint.js'
import { writeCheckpoint } from '../src/artifacts/writeCheckpoint.js'
import { loadOnnxBackbone } from '../src/backbones/import/loadOnnxBackbone.js'
import type { CheckpointState } from '../src/contract/CheckpointState.js'
import { dataError } from '../src/data/errors.js'
import { type ManifestFormat, readManifest } from '../src/data/manifest/readManifest.js'
import { isFineTuneError } from '../src/errors.js'
import { readTar } from '../src/io/tar/readTar.js'
import { TarError } from '../src/io/tar/TarError.js'
import { embedExternalData } from '../src/onnx/format/externalData.js'
import { readModel } from '../src/onnx/format/read.js'
import { writeModel } from '../src/onnx/format/write.js'
import type { Graph } from '../src/onnx/graph/graph.js'
import { float32, int64, sizeOf, type Tensor } from '../src/onnx/graph/tensor.js'
import { inferShapes } from '../src/onnx/shapes/inferShapes.js'
import { readBytes } from '../src/platform/node/platform.js'
import { storedBytes } from '../src/platform/storedFile.js'
import { readSafetensors } from '../src/weights/readSafetensors.js'
import { readTorch } from '../src/weights/torch/readTorch.js'
import { golden, modelFile } from './onnx/golden.js'
import { type Format, surviveMutations } from './support/surviveMutations.js'
import { pax, tar } from './support/tar.js'
import { zip } from './support/zip.js'

const file = (path: string) => new Uint8Array(readFileSync(new URL(path, import.meta.url)))
const filesIn = (directory: string, pattern: RegExp) =>
  readdirSync(new URL(directory, import.meta.url))
    .filter((name) => pattern.test(name))
    .map((name) => file(`${directory}${name}`))
const classifiers = [
  ...filesIn('./golden/classifiers/', /^(?!none|old)\w+\.onnx$/),
  ...filesIn('./interop/conv_head/', /onnx$/),
]
const external = new URL('./interop/external/net.onnx', import.meta.url)

function readOnnx(bytes: Uint8Array): void {
  const graph = readModel(bytes)
  checkGraph(graph)
  writeModel(typedOnly(() => inferShapes(graph)) ?? graph)
}

const formats: Readonly<Record<string, Format>> = {
  ONNX: {
    files: [modelFile('everything'), modelFile('storage'), modelFile('old'), ...classifiers],
    read: readOnnx,
  },
  'ONNX, each operator': {
    files: golden.shapes.map(({ model }) => new Uint8Array(Buffer.from(model, 'base64'))),
    read: readOnnx,
  },
  'ONNX, as a classifier': {
    files: classifiers,
    async read(bytes) {
      const { graph, parameters, head } = await loadOnnxBackbone(bytes)
      checkGraph(graph)
      expect(parameters).toContain(head.weight)
    },
  },
  'ONNX, with weights in a file beside it': {
    files: [file('./interop/external/net.onnx')],
    read: async (bytes) => checkGraph(readModel(await embedExternalData(bytes, fileURLToPath(external), readBytes))),
  },
  safetensors: {
    files: filesIn('./golden/safetensors/', /^types/),
    read: (bytes) => checkTensors(readSafetensors(bytes).tensors.values()),
  },
  'PyTorch .pth': {
    files: filesIn('./golden/torch/', /^(types|checkpoint|deflated|module|legacy)\.pth$|^protocol4/),
    read: async (bytes) => checkTensors((await readTorch(bytes)).values()),
  },
  'a pickle, past the checksum of its archive': {
    files: [Uint8Array.from(handmadePickle(), (character) => character.charCodeAt(0))],
    async read(bytes) {
      const archive = zip({ 'a/data.pkl': bytes, 'a/data/0': new Uint8Array(16) })
      checkTensors((await readTorch(archive)).values())
    },
  },
  'a manifest': {
    files: [new TextEncoder().encode('a,source,label\n1,"x,""y"".jpg",cat\r\n,"two\nlines",dog\n2,b.png,cat')],
    read: (bytes) => checkManifest(bytes, 'csv'),
  },
  'a manifest of lines': {
    files: [new TextEncoder().encode('{"source":"a.jpg","label":"cat"}\n{"label":"dog","source":"b.jpg","more":[1]}')],
    read: (bytes) => checkManifest(bytes, 'jsonl'),
  },
  'a tar archive': {
    files: [
      tar([
        { name: 'd/', type: '5' },
        pax({ path: 'd/a.jpg', size: '600' }),
        { name: 'a', content: 'x'.repeat(600) },
        { name: 'd/a.json', content: '{"label": "cat", "weight": 2}' },
        { name: '././@LongLink', type: 'L', content: `${'n'.repeat(150)}.jpg\0` },
        { name: 'n', content: 'x' },
        { name: `${'n'.repeat(90)}`, prefix: 'p', content: '7' },
      ]),
    ],
    read: checkTar,
  },
  checkpoint: {
    files: [writeCheckpoint(checkpoint())],
    read: (bytes) => checkTensors([...readCheckpoint(bytes).parameters.values()].map(({ tensor }) => tensor)),
  },
}

surviveMutations(formats)

function typedOnly<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!isFineTuneError(error)) throw error
    return undefined
  }
}

/** What was read can be written, and read again. */
function checkGraph(graph: Graph): void {
  checkTensors(graph.initializers.values())
  expect(readModel(writeModel(graph)).nodes).toHaveLength(graph.nodes.length)
}

async function checkTar(bytes: Uint8Array): Promise<void> {
  try {
    for await (const { begin, end } of readTar(storedBytes(bytes))) {
      expect(begin).toBeLessThanOrEqual(end)
      expect(end).toBeLessThanOrEqual(bytes.length)
    }
  } catch (error) {
    // The data set makes its own error of this one.
    if (error instanceof TarError) throw dataError('dataset/bad-shard', { shard: 'a.tar', problem: error.message })
    throw error
  }
}

async function checkManifest(bytes: Uint8Array, format: ManifestFormat): Promise<void> {
  const half = bytes.length >> 1
  const pieces = async function* () {
    yield* [bytes.subarray(0, half), bytes.subarray(half)]
  }
  const columns = await readManifest(pieces(), format, 'a', { separator: '|' })
  const { classes, table } = columns.finish(
    (source) => source,
    (a, b) => (a < b ? -1 : 1),
  )
  for (let index = 0; index < table.length; index++) {
    expect(table.sourceOf(index)).not.toBe('')
    expect(classes[table.labelOf(index)]).toBeTypeOf('string')
  }
}

function checkTensors(tensors: Iterable<Tensor>): void {
  for (const { dims, data } of tensors) expect(data.length).toBe(sizeOf(dims))
}

/** A dictionary of one tensor, as torch.save writes it. */
function handmadePickle(): string {
  const le32 = (value: number) => String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer))
  const text = (value: string) => `X${le32(value.length)}${value}`
  const storage = `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}J${le32(4)}tQ`
  const view = `J${le32(1)}(J${le32(3)}t(J${le32(1)}t\x89)t`
  return `\x80\x02}(${text('weight')}ctorch._utils\n_rebuild_tensor_v2\n(${storage}${view}Ru.`
}

function checkpoint(): CheckpointState {
  const moments = new Map([['momentum0', float32([1, 2, 3, 4, 5, 6], [2, 3])]])
  return {
    parameters: new Map([
      ['fc.weight', { tensor: float32([1, -2, 3.5, 0, 5, 6], [2, 3]), requiresGrad: true }],
      ['bn.num_batches_tracked', { tensor: int64([2n ** 60n], []), requiresGrad: false }],
    ]),
    optimizerGroups: [{ name: 'group0', step: 12, learningRate: 0.5, states: new Map([['fc.weight', moments]]) }],
    properties: new Map<string, bigint | number | string>([
      ['epoch', 3n],
      ['score', 0.25],
      ['name', 'hotdog é'],
    ]),
  }
}
