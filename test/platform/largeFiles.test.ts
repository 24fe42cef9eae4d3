import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadArtifacts } from '../../src/artifacts/loadArtifacts.js'
import { loadOnnxBackbone } from '../../src/backbones/onnx/loadOnnxBackbone.js'
import { loadClassifier } from '../../src/deploy/loadClassifier.js'
import { TrainingSession } from '../../src/training/TrainingSession.js'
import { loadWeights } from '../../src/weights/loadWeights.js'
import { errorOf } from '../data/support.js'

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
