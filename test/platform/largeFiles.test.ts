import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { loadArtifacts } from '../../src/artifacts/loadArtifacts.js'
import { loadOnnxBackbone } from '../../src/backbones/import/loadOnnxBackbone.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { Graph } from '../../src/onnx/graph/graph.js'
import type { Tensor } from '../../src/onnx/graph/tensor.js'
import { TrainingSession } from '../../src/ort-training/TrainingSession.js'
import { fetchBytes } from '../../src/platform/fetchBytes.js'
import { loadWeights } from '../../src/weights/loadWeights.js'
import { errorOf } from '../data/support.js'
import { type Handler, serve } from '../support/fileServer.js'

test('a model of more than 2 GiB is not written as an ONNX file, and what else can be done is said', () => {
  // Zeros that nobody touches: they take no memory.
  const names = ['a', 'b', 'c']
  const weights = names.map(
    (name) => [name, { type: 'float32', dims: [2 ** 28], data: new Float32Array(2 ** 28) }] as const,
  )
  const graph = new Graph()
  graph.initializers = new Map<string, Tensor>(weights)
  expect(() => writeModel(graph)).toThrow(/takes 3221\d+ bytes, and an ONNX file may have 2147483647.*float16/)
})

test('a host that sends more than may be read is left, whether it says so or not', async () => {
  const endless: Handler = (_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(new Uint8Array(1000)), 1)
    response.on('close', () => clearInterval(timer))
  }
  const honest: Handler = (_, response) => void response.writeHead(200, { 'content-length': 2 ** 31 }).write('begin')
  const server = await serve({ '/endless': endless, '/honest': honest })
  onTestFinished(() => server.close())
  await expect(fetchBytes(`${server.url}/endless`, undefined, 20_000)).rejects.toThrow('sends more than 20000 bytes')
  await expect(fetchBytes(`${server.url}/honest`)).rejects.toThrow('sends more than 2147483647 bytes')
})

// Sparse, so it takes no room; other file systems would write the zeros.
describe.skipIf(process.platform === 'win32')('a file of more than 2 GiB, which Node does not read at once', () => {
  let directory: string
  let file: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'large-'))
    for (const name of ['training_model.onnx', 'eval_model.onnx', 'optimizer_model.onnx', 'checkpoint']) {
      file = join(directory, name)
      await writeFile(file, '')
      await truncate(file, 2 ** 31 + 1)
    }
  })
  afterAll(() => rm(directory, { recursive: true }))

  test.each<[string, string, () => Promise<unknown>]>([
    ['of weights', 'weights/unreadable', () => loadWeights(file)],
    ['of a model', 'weights/unreadable', () => loadOnnxBackbone(file)],
    ['of a classifier', 'deploy/unreadable', () => loadClassifier(file)],
    ['of artifacts', 'artifacts/unreadable', () => loadArtifacts(directory)],
    [
      'of a training session',
      'artifacts/unreadable',
      () => TrainingSession.create({ checkpointState: file, trainModel: file }),
    ],
  ])('%s is an error that says the limit', async (_, code, load) => {
    const error = await errorOf(load())
    expect(error.code).toBe(code)
    expect(error.message).toContain('is greater than 2 GiB')
  })
})
