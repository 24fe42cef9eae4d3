import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { type ArtifactOptions, generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadArtifacts } from '../../src/artifacts/loadArtifacts.js'
import { readModel } from '../../src/onnx/format/read.js'
import { writeModel } from '../../src/onnx/format/write.js'
import { sgd } from '../../src/optim/sgd.js'
import { groups, parameters, smallNet, statistics } from '../session/support/smallNet.js'

const options: ArtifactOptions = {
  requiresGrad: parameters,
  loss: { type: 'crossEntropy', reduction: 'sum' },
  optimizer: sgd(groups),
  outputs: ['logits'],
}
const namesOf = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name)

test('inputs and outputs are those of the official contract, in its order', async () => {
  const { trainingModel, evalModel, optimizerModel, checkpoint } = await generateArtifacts(smallNet(), {
    ...options,
    optimizer: 'adamW',
  })
  const training = readModel(trainingModel)
  expect(namesOf(training.inputs)).toEqual([
    ...['input', 'labels', ...parameters, ...statistics],
    ...parameters.map((name) => `${name}_grad.accumulation.buffer`),
    'lazy_reset_grad',
  ])
  expect(namesOf(training.outputs)).toEqual([
    ...[expect.stringMatching(/^onnx::loss::\d+$/), 'logits'],
    ...parameters.map((name) => `${name}_grad.accumulation.out`),
    ...statistics.map((name) => `${name}.out`),
  ])
  const evaluation = readModel(evalModel)
  expect(namesOf(evaluation.inputs)).toEqual(['input', 'labels', ...parameters, ...statistics])
  expect(namesOf(evaluation.outputs)).toEqual(namesOf(training.outputs).slice(0, 2))
  const optimizer = readModel(optimizerModel)
  expect(optimizer.nodes.map(({ opType, domain }) => `${domain}.${opType}`)).toEqual(['com.microsoft.AdamWOptimizer'])
  const sequences = ['params', 'gradients', 'first_order_moments', 'second_order_moments']
  expect(namesOf(optimizer.inputs)).toEqual(['learning_rate', 'step', ...sequences])
  expect([...checkpoint.parameters].map(([name, { requiresGrad }]) => [name, requiresGrad])).toEqual([
    ...parameters.map((name) => [name, true]),
    ...statistics.map((name) => [name, false]),
  ])
})

test('a graph, the bytes of a file and an object with a graph are all models, and stay as they are', async () => {
  const graph = smallNet()
  const bytes = writeModel(graph)
  const fromGraph = await generateArtifacts(graph, options)
  expect(await generateArtifacts({ graph }, options)).toEqual(fromGraph)
  expect((await generateArtifacts(bytes, options)).checkpoint).toEqual(fromGraph.checkpoint)
  expect(writeModel(graph)).toEqual(bytes)
})

test('a directory gets the four files of the official tool, which can be loaded again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'artifacts-'))
  try {
    const artifacts = await generateArtifacts(smallNet(), { ...options, directory })
    const files = ['checkpoint', 'eval_model.onnx', 'optimizer_model.onnx', 'training_model.onnx']
    expect((await readdir(directory)).sort()).toEqual(files)
    expect(await loadArtifacts(directory)).toEqual(artifacts)
    expect(await loadArtifacts(pathToFileURL(directory))).toEqual(artifacts)
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('options are checked', async () => {
  const code = async (changes: object) =>
    generateArtifacts(smallNet(), { ...options, ...changes }).then(
      () => 'no error',
      (error) => error.code,
    )
  expect(await code({ optimizer: 'adam' })).toBe('options/invalid')
  expect(await code({ requiresGrad: [] })).toBe('options/invalid')
  expect(await code({ loss: { type: 'mse' } })).toBe('options/invalid')
  expect(await code({ freeze: true })).toBe('options/invalid')
  expect(await code({ requiresGrad: ['nope'] })).toBe('autodiff/unknown-parameter')
  expect(await code({ requiresGrad: ['fc.weight'] })).toBe('optim/unknown-parameter')
  expect(await code({ optimizer: sgd(groups.slice(1)) })).toBe('model/ungrouped')
  await expect(generateArtifacts(3 as never, options)).rejects.toMatchObject({ code: 'options/invalid' })
})
