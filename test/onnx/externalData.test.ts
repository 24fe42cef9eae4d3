import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { loadBackbone } from '../../src/backbones/loadBackbone.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { replaceHead } from '../../src/model/replaceHead.js'
import { embedExternalData } from '../../src/onnx/format/externalData.js'
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType as Type,
} from '../../src/onnx/format/gen/onnx_pb.js'
import { readModel } from '../../src/onnx/format/read.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { readBytes } from '../../src/platform/node/platform.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { expectClose } from '../support/compare.js'
import { honest, serve } from '../support/fileServer.js'
import { runStock } from '../support/stockRuntime.js'

/** What torch.onnx's exporter writes (test/interop/external_data.py). */
const exported = new URL('../interop/external/', import.meta.url)
const bytesOf = async (name: string) => new Uint8Array(await readFile(new URL(name, exported)))

describe('a classifier with its weights in a file beside it, as torch.onnx writes it', async () => {
  const golden = readSafetensors(await bytesOf('golden.safetensors')).tensors
  const images = golden.get('images') as Tensor<'float32'>
  const gives = async (source: string | URL) => {
    const backbone = await loadOnnxBackbone(source)
    expectClose((await runStock(backbone.graph, { input: images })).logits, golden.get('logits'), 1e-6, 'logits')
    return backbone
  }

  test('is loaded by its path, its file URL and its web URL', async () => {
    const { parameters } = await gives(fileURLToPath(new URL('net.onnx', exported)))
    expect(parameters).toEqual(['conv.weight', 'conv.bias', 'fc.weight', 'fc.bias'])
    await gives(new URL('net.onnx', exported))
    const server = await serve({
      '/models/net.onnx?download=true': honest(await bytesOf('net.onnx')),
      '/models/net.onnx.data': honest(await bytesOf('net.onnx.data')),
    })
    try {
      await gives(`${server.url}/models/net.onnx?download=true`)
    } finally {
      await server.close()
    }
  })

  test('takes a new head', async () => {
    const model = replaceHead(await gives(new URL('net.onnx', exported)), { classes: ['a', 'b'] })
    expect((await runStock(model.graph, { input: images })).logits!.dims).toEqual([2, 2])
  })

  test('is not found from its bytes alone, which the error says', async () => {
    await expect(loadOnnxBackbone(await bytesOf('net.onnx'))).rejects.toMatchObject({
      code: 'onnx/external-data',
      message: expect.stringMatching(/conv.weight.*in net.onnx.data.*Give the path or URL of the model/),
    })
  })

  test('is still no file of weights for a network of ours', async () => {
    const path = fileURLToPath(new URL('net.onnx', exported))
    await expect(loadBackbone('resnet18', { weights: path })).rejects.toMatchObject({ code: 'backbones/onnx-model' })
  })
})

describe('files beside a model', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'external-'))
    await writeFile(
      join(directory, 'ab c%41#.bin'),
      Uint8Array.from({ length: 40 }, (_, i) => i),
    )
  })
  afterAll(() => rm(directory, { recursive: true }))

  const external = (fields: Readonly<Record<string, string>>, more: object = {}) => ({
    name: 'w',
    dataType: Type.UINT8,
    dims: [4n],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location: 'ab c%41#.bin', ...fields }).map(([key, value]) => ({ key, value })),
    ...more,
  })
  const model = (graph: object, more: object = {}) =>
    toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, { irVersion: 9n, opsetImport: [{ version: 18n }], graph, ...more }),
    )
  const embed = (bytes: Uint8Array, source: string | URL = join(directory, 'model.onnx')) =>
    embedExternalData(bytes, source, readBytes)
  const read = async (tensor: object) =>
    readModel(await embed(model({ initializer: [tensor] }))).initializers.get('w')!.data

  test('a stretch of them is a tensor, wherever it begins', async () => {
    expect(await read(external({ offset: '3', length: '4' }))).toEqual(Uint8Array.of(3, 4, 5, 6))
    expect(await read(external({ offset: '36' }))).toEqual(Uint8Array.of(36, 37, 38, 39))
    const floats = await read(external({ offset: '5', length: '8' }, { dataType: Type.FLOAT, dims: [2n] }))
    expect(new Uint8Array((floats as Float32Array).slice().buffer)).toEqual(Uint8Array.of(5, 6, 7, 8, 9, 10, 11, 12))
    expect(await read(external({ length: '0' }, { dims: [0n] }))).toEqual(new Uint8Array())
  })

  test('tensors of attributes and of subgraphs lie there too', async () => {
    const value = [{ name: 'value', type: Kind.TENSOR, t: external({ offset: '1', length: '4' }) }]
    const inner = { node: [{ opType: 'Constant', output: ['c'], attribute: value }], output: [{ name: 'c' }] }
    const branches = ['then_branch', 'else_branch'].map((name) => ({ name, type: Kind.GRAPH, g: inner }))
    const graph = { node: [{ opType: 'If', input: ['x'], output: ['y'], attribute: branches }], input: [{ name: 'x' }] }
    const [node] = readModel(await embed(model(graph))).nodes
    expect(node!.attributes.else_branch).toMatchObject({
      value: { nodes: [{ attributes: { value: { value: { data: Uint8Array.of(1, 2, 3, 4) } } } }] },
    })
  })

  const sparse = { values: external({}), indices: { dataType: Type.INT64, dims: [0n] }, dims: [4n] }
  const inNode = (...attribute: object[]) => ({ node: [{ opType: 'Custom', output: ['y'], attribute }] })
  test.each<[string, object, object?]>([
    ['an initializer', { initializer: [external({})] }],
    ['a sparse initializer', { sparseInitializer: [sparse] }],
    ['an attribute', inNode({ name: 'a', type: Kind.TENSOR, t: external({}) })],
    ['a list of tensors', inNode({ name: 'a', type: Kind.TENSORS, tensors: [external({})] })],
    ['a sparse attribute', inNode({ name: 'a', type: Kind.SPARSE_TENSOR, sparseTensor: sparse })],
    ['a subgraph', inNode({ name: 'a', type: Kind.GRAPH, g: { initializer: [external({})] } })],
    ['a list of subgraphs', inNode({ name: 'a', type: Kind.GRAPHS, graphs: [{ sparseInitializer: [sparse] }] })],
    [
      'a function',
      {},
      { functions: [{ name: 'f', ...inNode({ name: 'a', type: Kind.TENSORS, tensors: [external({})] }) }] },
    ],
    ['an attribute of another kind than it says', inNode({ name: 'a', type: Kind.INT, t: external({}) })],
  ])(
    'bytes alone with a tensor elsewhere are refused before ONNX Runtime sees them: %s',
    async (_, graph, more = {}) => {
      const bytes = model(graph, more)
      expect(() => readModel(bytes)).toThrow(expect.objectContaining({ code: 'onnx/external-data' }))
      await expect(loadClassifier(bytes)).rejects.toMatchObject({ code: 'onnx/external-data' })
    },
  )

  test('a model without any is not touched', async () => {
    const bytes = model({ initializer: [{ name: 'w', dataType: Type.UINT8, dims: [1n], rawData: Uint8Array.of(7) }] })
    expect(await embed(bytes)).toBe(bytes)
  })

  test.each([
    '',
    '../model.bin',
    'a/../../b',
    '..',
    'a\\..\\..\\b',
    '%2E./b',
    '/etc/passwd',
    '\\\\host\\share',
    'C:\\weights.bin',
    'file:///etc/passwd',
    'https://example.com/w',
    'a\0b',
  ])('a location that leads elsewhere is refused: %j', async (location) => {
    await expect(read(external({ location }))).rejects.toMatchObject({
      code: 'onnx/external-data',
      message: expect.stringContaining('only files in the directory of the model and below it are read'),
      facts: { tensor: 'w', file: location },
    })
  })

  test.each<[string, Record<string, string>, string]>([
    ['a file that is not there', { location: 'none.bin' }, 'it cannot be read (ENOENT'],
    ['a length beyond the end', { offset: '1', length: '40' }, 'its bytes 1 to 41 are not in the file, which has 40'],
    ['an offset beyond the end', { offset: '41' }, 'its bytes 41 to 40 are not in the file'],
    ['a huge length', { length: '999999999999999' }, 'its bytes 0 to 999999999999999 are not'],
    ['a length that is no number', { length: '1e3' }, 'its length is "1e3"'],
    ['a length past all numbers', { length: '9'.repeat(400) }, 'its length is "9999'],
    ['a negative offset', { offset: '-4' }, 'its offset is "-4"'],
  ])('%s is an error', async (_, fields, problem) => {
    await expect(read(external(fields))).rejects.toMatchObject({
      code: 'onnx/external-data',
      message: expect.stringContaining(problem),
    })
  })

  test('a length that is not that of the shape is an error', async () => {
    await expect(read(external({ length: '5' }))).rejects.toMatchObject({
      code: 'onnx/malformed',
      message: expect.stringContaining('wants 4 elements, the file has 5'),
    })
  })

  test('a small file makes no large model', async () => {
    const initializer = Array.from({ length: 1000 }, (_, i) => external({}, { name: `w${i}`, dims: [40n] }))
    await expect(embed(model({ initializer }))).rejects.toMatchObject({
      message: expect.stringContaining('too many tensors share'),
    })
    expect((await embed(model({ initializer: initializer.slice(0, 8) }))).length).toBeGreaterThan(320)
  })

  test('names are taken as they are in URLs too', async () => {
    const bytes = model({ initializer: [external({ length: '4' })] })
    const url = pathToFileURL(join(directory, 'model.onnx'))
    for (const source of [url, url.href])
      expect(readModel(await embed(bytes, source)).initializers.get('w')!.data).toEqual(Uint8Array.of(0, 1, 2, 3))
  })
})
